namespace ByteFuse.Reactor;

/// <summary>
/// How long a reactor looks for work before it goes to sleep: being woken costs some microseconds, which matter where the next
/// request comes sooner. Time spent in vain is bounded to a share of all time, so that an idle process sleeps, and the window
/// follows what was found in it. Times are nanoseconds of a monotonic clock.
/// </summary>
internal sealed class BusyPoll
{
    /// <summary>One part in so many of all time may be spent in vain: 5 %.</summary>
    internal const int WasteShare = 20;

    /// <summary>Windows that may be spent in vain at once after a quiet time.</summary>
    internal const int Windows = 16;

    /// <summary>The shortest window is so many times shorter than the longest: long enough to find out that it pays again.</summary>
    private const int Narrowest = 16;

    private readonly long longest;
    private long window;
    private long credit;
    private long credited = long.MinValue;

    /// <param name="longest">The longest window; 0 turns polling off.</param>
    public BusyPoll(long longest)
    {
        this.longest = longest;
        window = longest;
        credit = longest * Windows;
    }

    /// <summary>Windows in which something was found.</summary>
    public long Found { get; private set; }

    /// <summary>Nanoseconds in windows in which nothing was.</summary>
    public long Wasted { get; private set; }

    /// <summary>How long to look now; 0: go to sleep.</summary>
    public long Begin(long now)
    {
        if (longest == 0) return 0;
        if (credited != long.MinValue) credit = Math.Min(longest * Windows, credit + (now - credited) / WasteShare);
        credited = now;
        return credit >= window ? window : 0;
    }

    /// <summary>Something was there to do.</summary>
    public void End()
    {
        Found++;
        window = Math.Min(longest, window * 2);
    }

    /// <summary>Nothing was.</summary>
    public void EndInVain(long spent)
    {
        Wasted += spent;
        credit -= spent;
        window = Math.Max(Math.Max(1, longest / Narrowest), window / 2);
    }
}
