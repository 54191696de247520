namespace ByteFuse.Reactor;

/// <summary>
/// Counters of one reactor since its start. Written by its thread alone, but where said otherwise; others read values that may be a little
/// old.
/// </summary>
public sealed class ReactorStatistics
{
    private long iterations;
    private long submitted;
    private long completions;
    private long workItems;
    private long wakeUps;
    private long timers;
    private long pollsThatPaid;
    private long nanosecondsPolledInVain;
    private long waits;
    private long loneWaits;
    private long gaveWay;
    private long starved;
    private long moved;
    private long registeredTransfers;

    /// <summary>Turns of the loop; each makes at most one io_uring_enter.</summary>
    public long Iterations => Volatile.Read(ref iterations);

    /// <summary>Ring operations handed to the kernel.</summary>
    public long Submitted => Volatile.Read(ref submitted);

    /// <summary>Ring operations completed.</summary>
    public long Completions => Volatile.Read(ref completions);

    /// <summary>Work items executed, from other threads and from this one.</summary>
    public long WorkItems => Volatile.Read(ref workItems);

    /// <summary>Times that another thread had to wake this reactor.</summary>
    public long WakeUps => Volatile.Read(ref wakeUps);

    /// <summary>Delays that ended.</summary>
    public long Timers => Volatile.Read(ref timers);

    /// <summary>Times that looking for work a little longer found some, so that no sleep was needed.</summary>
    public long PollsThatPaid => Volatile.Read(ref pollsThatPaid);

    /// <summary>Nanoseconds spent looking where nothing was found.</summary>
    public long NanosecondsPolledInVain => Volatile.Read(ref nanosecondsPolledInVain);

    /// <summary>Sleeps that completions ended.</summary>
    public long Waits => Volatile.Read(ref waits);

    /// <summary>Those that a single completion ended.</summary>
    public long LoneWaits => Volatile.Read(ref loneWaits);

    /// <summary>Times that the thread began to give way to those it serves (<see cref="GiveWay"/>).</summary>
    public long GaveWay => Volatile.Read(ref gaveWay);

    /// <summary>Times that it stopped doing so because others used up its CPU.</summary>
    public long Starved => Volatile.Read(ref starved);

    /// <summary>Bytes that data stores moved between their files and the memory they were given, by a call of the kernel.</summary>
    public long Moved => Volatile.Read(ref moved);

    /// <summary>Reads and writes through the ring of memory that is registered with it.</summary>
    public long RegisteredTransfers => Volatile.Read(ref registeredTransfers);

    /// <summary>A data store has moved bytes.</summary>
    public void CountMoved(int bytes) => Volatile.Write(ref moved, moved + bytes);

    internal void SetPolling(long paid, long inVain)
    {
        Volatile.Write(ref pollsThatPaid, paid);
        Volatile.Write(ref nanosecondsPolledInVain, inVain);
    }

    internal void CountWait(bool lone)
    {
        Volatile.Write(ref waits, waits + 1);
        if (lone) Volatile.Write(ref loneWaits, loneWaits + 1);
    }

    // Written by the thread of GiveWayThread alone.
    internal void CountGiveWay() => Volatile.Write(ref gaveWay, gaveWay + 1);

    internal void CountStarved() => Volatile.Write(ref starved, starved + 1);

    internal void CountRegisteredTransfer() => Volatile.Write(ref registeredTransfers, registeredTransfers + 1);

    internal void CountIteration() => Volatile.Write(ref iterations, iterations + 1);

    internal void CountSubmitted() => Volatile.Write(ref submitted, submitted + 1);

    internal void CountCompletion() => Volatile.Write(ref completions, completions + 1);

    internal void CountWorkItem() => Volatile.Write(ref workItems, workItems + 1);

    internal void CountWakeUp() => Volatile.Write(ref wakeUps, wakeUps + 1);

    internal void CountTimer() => Volatile.Write(ref timers, timers + 1);
}
