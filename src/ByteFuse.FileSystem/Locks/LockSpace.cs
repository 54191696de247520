using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// The locks of one kind on one file and who waits for them; the kinds do not see each other. Everything runs under the
/// file's stripe. As in fs/locks.c a newcomer is not held up by those who wait, only by what is held; who waits is tried
/// again in order of arrival when the holder that blocks it gives way.
/// </summary>
/// <param name="budget">Bound on the volume's locks.</param>
/// <param name="graph">Where waits are checked for deadlock; null for flock, which the kernel does not check either.</param>
internal sealed class LockSpace(LockBudget budget, WaitGraph? graph)
{
    private readonly HeldLocks held = new();
    private readonly LockQueue queue = new();

    public bool IsEmpty => held.Count == 0 && queue.First is null;

    public int Capacity => held.Capacity;

    /// <summary>What GETLK answers: a lock in the way of the request, or for an unlock, one of the owner's own.</summary>
    public bool TryFind(in LockRequest request, out LockRequest found) => request.Type == LockType.Unlock
        ? held.TryFindOwn(request, out found)
        : held.TryFindConflict(request, out found);

    /// <summary>Locks or unlocks at once; EAGAIN names the first holder in the way.</summary>
    public Errno TrySet(in LockRequest request, out LockOwner blocker, ref EndedWaiters ended)
    {
        // flock converts by giving up first, and whoever waited goes first: the old lock may be lost (flock(2)).
        if (graph is null && held.TryFindOwn(request, out var own))
        {
            blocker = default;
            if (own.Type == request.Type) return Errno.None;
            Grant(LockRequest.UnlockAll(request.Owner, request.Inode, request.IsFlock));
            RetryWoken(ref ended);
        }
        var error = TryGrant(request, out blocker);
        if (error == Errno.None) RetryWoken(ref ended);
        return error;
    }

    /// <summary>Goes on with a lock that was held. It is in nobody's way, and within the bound, as it was.</summary>
    public void Inherit(in LockRequest left)
    {
        var before = held.Count;
        held.Set(left);
        budget.Take(held.Count - before);
    }

    /// <summary>Queues a request that was blocked; EDEADLK where it would wait for itself.</summary>
    public Errno Wait(LockWaiter waiter, LockOwner blocker)
    {
        if (!TryBlock(waiter, blocker)) return Errno.EDEADLK;
        waiter.IsWaiting = true;
        queue.Add(waiter);
        return Errno.None;
    }

    /// <summary>Settles a waiter.</summary>
    public void End(LockWaiter waiter, Errno outcome, ref EndedWaiters ended)
    {
        graph?.Remove(waiter);
        queue.Remove(waiter);
        ended.Add(waiter, outcome);
    }

    /// <summary>Drops what a connection holds and waits for, or of that what came through one handle.</summary>
    public void Release(Connection connection, ulong? handle, Errno outcome, ref EndedWaiters ended)
    {
        for (var waiter = queue.First; waiter is not null;)
        {
            var next = waiter.NextInQueue;
            if (IsOf(waiter.Wanted, connection, handle)) End(waiter, outcome, ref ended);
            waiter = next;
        }
        for (var i = held.Count - 1; i >= 0; i--)
        {
            var dropped = held[i];
            if (!IsOf(dropped, connection, handle)) continue;
            held.RemoveAt(i);
            budget.Return(1);
            Wake(dropped);
        }
        RetryWoken(ref ended);
    }

    private static bool IsOf(in LockRequest request, Connection connection, ulong? handle) =>
        request.Owner.Connection == connection && (handle is null || request.Handle == handle);

    private Errno TryGrant(in LockRequest request, out LockOwner blocker)
    {
        blocker = default;
        if (request.Type == LockType.Unlock || !held.TryFindConflict(request, out var conflict)) return Grant(request);
        blocker = conflict.Owner;
        return Errno.EAGAIN;
    }

    private Errno Grant(in LockRequest request)
    {
        var reserved = budget.TryReserve(HeldLocks.MaximumGrowth) ? HeldLocks.MaximumGrowth : 0;
        // Giving up must work at the bound too, as long as it does not add a lock.
        if (reserved == 0 && (request.Type != LockType.Unlock || held.IsSplitBy(request))) return Errno.ENOLCK;
        var before = held.Count;
        var weakened = held.Set(request);
        budget.Return(reserved - (held.Count - before));
        if (weakened) Wake(request);
        return Errno.None;
    }

    private void Wake(in LockRequest changed)
    {
        for (var waiter = queue.First; waiter is not null; waiter = waiter.NextInQueue)
            waiter.IsWoken |= waiter.BlockedBy == changed.Owner && waiter.Wanted.Overlaps(changed);
    }

    private void RetryWoken(ref EndedWaiters ended)
    {
        // A grant can weaken what its owner held (a write lock becomes a read lock) and so wake one further ahead.
        bool again;
        do
        {
            again = false;
            for (var waiter = queue.First; waiter is not null;)
            {
                var next = waiter.NextInQueue;
                again |= waiter.IsWoken && Retry(waiter, ref ended);
                waiter = next;
            }
        }
        while (again);
    }

    /// <summary>True where the waiter ended.</summary>
    private bool Retry(LockWaiter waiter, ref EndedWaiters ended)
    {
        waiter.IsWoken = false;
        var outcome = TryGrant(waiter.Wanted, out var blocker);
        if (outcome == Errno.EAGAIN)
        {
            if (TryBlock(waiter, blocker)) return false;
            outcome = Errno.EDEADLK;
        }
        End(waiter, outcome, ref ended);
        return true;
    }

    private bool TryBlock(LockWaiter waiter, LockOwner blocker)
    {
        if (graph is not null) return graph.TryWait(waiter, blocker);
        waiter.BlockedBy = blocker;
        return true;
    }
}
