namespace ByteFuse.FileSystem;

/// <summary>The waiters of a file, first come first.</summary>
internal sealed class LockQueue
{
    private LockWaiter? last;

    public LockWaiter? First { get; private set; }

    public void Add(LockWaiter waiter)
    {
        waiter.Previous = last;
        if (last is null) First = waiter;
        else last.NextInQueue = waiter;
        last = waiter;
    }

    public void Remove(LockWaiter waiter)
    {
        if (waiter.Previous is null) First = waiter.NextInQueue;
        else waiter.Previous.NextInQueue = waiter.NextInQueue;
        if (waiter.NextInQueue is null) last = waiter.Previous;
        else waiter.NextInQueue.Previous = waiter.Previous;
        waiter.Previous = null;
        waiter.NextInQueue = null;
    }
}
