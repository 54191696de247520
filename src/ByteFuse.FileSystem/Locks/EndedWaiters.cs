using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>The waiters that were settled under a file's lock, in order, to be posted when the lock has been left.</summary>
internal struct EndedWaiters
{
    private LockWaiter? first;
    private LockWaiter? last;

    /// <summary>Settles a waiter that has left its queue.</summary>
    public void Add(LockWaiter waiter, Errno outcome)
    {
        waiter.IsWaiting = false;
        waiter.Outcome = outcome;
        if (last is null) first = waiter;
        else last.NextInQueue = waiter;
        last = waiter;
    }

    /// <summary>Hands them to their reactors, which answer.</summary>
    public readonly void Post()
    {
        for (var waiter = first; waiter is not null;)
        {
            // Taken first: once posted it belongs to its reactor.
            var next = waiter.NextInQueue;
            waiter.NextInQueue = null;
            waiter.Reactor.Post(waiter);
            waiter = next;
        }
    }
}
