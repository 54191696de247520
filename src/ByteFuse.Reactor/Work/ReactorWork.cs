namespace ByteFuse.Reactor;

/// <summary>
/// Something to do on a reactor. The item is itself the node of the queue it waits in, so posting allocates nothing; it is
/// in at most one queue at a time and may be posted again once it executes.
/// </summary>
public abstract class ReactorWork
{
    private ReactorWork? next;
    private int queued;

    internal ReactorWork? Next
    {
        get => next;
        set => next = value;
    }

    /// <summary>Runs on the reactor it was posted to; an exception ends the process.</summary>
    public abstract void Execute();

    internal void EnterQueue()
    {
        if (Interlocked.Exchange(ref queued, 1) != 0) throw new InvalidOperationException("A work item was posted while it was queued.");
    }

    internal void LeaveQueue() => Volatile.Write(ref queued, 0);
}
