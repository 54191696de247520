namespace ByteFuse.Reactor;

/// <summary>
/// Decides whether a reactor's thread gives way to those it serves, by looking at its counters once a <see cref="Tick"/>.
/// A thread that waits for its only request sleeps on the CPU where the reactor answers it. When it is woken that CPU is not
/// idle, as the reactor is still running, so the kernel puts it on another one that is (select_idle_sibling in
/// kernel/sched/fair.c), and with every request it goes on from one CPU to the next and each wakes from idleness. A CPU that
/// only threads of SCHED_IDLE run on counts as idle (sched_idle_cpu): the caller stays.
/// But whoever else runs on that CPU goes before such a thread too. So a reactor gives way only while requests come one at a
/// time and many, and no longer than a few ticks after somebody has kept it from running.
/// Not thread-safe; times are nanoseconds of a monotonic clock.
/// </summary>
internal sealed class GiveWay
{
    /// <summary>How often to look while some reactor gives way.</summary>
    public const long Tick = 4_000_000;

    /// <summary>
    /// After so many ticks in a row in which it did not run although it wanted to, it stops: a request waits three ticks longer at
    /// most because of it. One such tick is not enough, as hypervisors take processors away for that long.
    /// </summary>
    public const int StarvedTicks = 2;

    /// <summary>After so many lone waits a reactor has somebody look at it.</summary>
    public const long AskEvery = 64;

    /// <summary>Lone waits in a tick from which on it pays: 2,000 a second.</summary>
    public const long Busy = 8;

    /// <summary>So many ticks in a row with less than half of that, and nobody is being served.</summary>
    public const int QuietTicks = 8;

    /// <summary>How long not to give way after having been kept from running, at first; doubled each time.</summary>
    public const long ShortestRefusal = 250_000_000;

    /// <summary>At most.</summary>
    public const long LongestRefusal = 32_000_000_000;

    private long waits;
    private long loneWaits;
    private long since;
    private long refusal = ShortestRefusal;
    private int quiet;
    private int starvedTicks;

    /// <summary>True while the thread is to give way.</summary>
    public bool IsGiving { get; private set; }

    /// <summary>Before this it does not.</summary>
    public long RefusedUntil { get; private set; } = long.MinValue;

    /// <summary>Takes the counters as the start of the tick to judge next.</summary>
    public void Begin(ReactorStatistics counters) => (waits, loneWaits) = (counters.Waits, counters.LoneWaits);

    /// <summary>Judges the tick that ends now; true where the thread has been kept from running for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="counters">The reactor's.</param>
    /// <param name="starved">True where the thread wanted to run and did not in the whole tick.</param>
    public bool Judge(long now, ReactorStatistics counters, bool starved)
    {
        var (all, lone) = (counters.Waits - waits, counters.LoneWaits - loneWaits);
        Begin(counters);
        starvedTicks = starved ? starvedTicks + 1 : 0;
        if (!IsGiving)
        {
            if (now >= RefusedUntil && lone >= Busy && lone >= all - all / 8) Start(now);
        }
        else if (starved)
        {
            if (starvedTicks < StarvedTicks) return false;
            Refuse(now);
            return true;
        }
        else
        {
            quiet = lone < Busy / 2 ? quiet + 1 : 0;
            // With several at a time the reactor has work left when it answers: to be interrupted for each would cost more.
            if (quiet >= QuietTicks || lone < all - all / 4) IsGiving = false;
        }
        return false;
    }

    private void Start(long now)
    {
        IsGiving = true;
        since = now;
        quiet = 0;
        starvedTicks = 0;
    }

    private void Refuse(long now)
    {
        IsGiving = false;
        if (now - since > LongestRefusal) refusal = ShortestRefusal;
        RefusedUntil = now + refusal;
        refusal = Math.Min(LongestRefusal, refusal * 2);
    }
}
