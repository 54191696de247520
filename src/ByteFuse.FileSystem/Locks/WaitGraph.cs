using System.Runtime.InteropServices;

namespace ByteFuse.FileSystem;

/// <summary>
/// Which owner waits for which, across the volume, so that a wait which would close a circle fails with EDEADLK. As
/// posix_locks_deadlock (fs/locks.c) it follows one wait per owner. The kernel leaves OFD locks out; FUSE does not tell
/// them apart, so they are treated alike. Its lock is taken inside that of a file, for a few look-ups.
/// </summary>
internal sealed class WaitGraph
{
    // As MAX_DEADLK_ITERATIONS: threads of one owner can make circles that the caller is not part of.
    private const int MaximumHops = 10;

    private readonly Dictionary<LockOwner, LockWaiter> waits = [];

    /// <summary>Records who a waiter waits for, for the first time or anew; false where that would be a deadlock.</summary>
    public bool TryWait(LockWaiter waiter, LockOwner blocker)
    {
        lock (waits)
        {
            Unlink(waiter);
            if (ClosesCircle(waiter.Wanted.Owner, blocker)) return false;
            waiter.BlockedBy = blocker;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(waits, waiter.Wanted.Owner, out _);
            waiter.NextOfOwner = first;
            first = waiter;
            return true;
        }
    }

    /// <summary>The waiter waits no more.</summary>
    public void Remove(LockWaiter waiter)
    {
        lock (waits) Unlink(waiter);
    }

    private bool ClosesCircle(LockOwner caller, LockOwner blocker)
    {
        for (var hops = 0; hops <= MaximumHops && waits.TryGetValue(blocker, out var wait); hops++)
        {
            blocker = wait.BlockedBy;
            if (blocker == caller) return true;
        }
        return false;
    }

    private void Unlink(LockWaiter waiter)
    {
        if (!waits.TryGetValue(waiter.Wanted.Owner, out var found)) return;
        if (found == waiter)
        {
            if (waiter.NextOfOwner is { } next) waits[waiter.Wanted.Owner] = next;
            else waits.Remove(waiter.Wanted.Owner);
        }
        else
        {
            while (found.NextOfOwner != waiter)
            {
                if (found.NextOfOwner is null) return;
                found = found.NextOfOwner;
            }
            found.NextOfOwner = waiter.NextOfOwner;
        }
        waiter.NextOfOwner = null;
    }
}
