namespace ByteFuse.Reactor;

/// <summary>Counters of one reactor since its start. Written by its thread alone; others read values that may be a little old.</summary>
public sealed class ReactorStatistics
{
    private long iterations;
    private long submitted;
    private long completions;
    private long workItems;
    private long wakeUps;
    private long timers;

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

    internal void CountIteration() => Volatile.Write(ref iterations, iterations + 1);

    internal void CountSubmitted() => Volatile.Write(ref submitted, submitted + 1);

    internal void CountCompletion() => Volatile.Write(ref completions, completions + 1);

    internal void CountWorkItem() => Volatile.Write(ref workItems, workItems + 1);

    internal void CountWakeUp() => Volatile.Write(ref wakeUps, wakeUps + 1);

    internal void CountTimer() => Volatile.Write(ref timers, timers + 1);
}
