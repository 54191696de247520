using System.Diagnostics.CodeAnalysis;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// The locks of a volume: fcntl(2) and OFD byte ranges, and flock(2). In memory and shared by the reactors, since the
/// kernel sends the requests of one file on any CPU. A stripe's lock is held for computations alone; replies of waiters
/// are posted after it.
/// </summary>
internal sealed class LockTable
{
    /// <summary>A lock takes 72 bytes: this is 18 MiB, and far more than applications that share files hold at once.</summary>
    public const int MaximumLocks = 1 << 18;

    /// <summary>Far more stripes than reactors, so that two reactors rarely meet on one.</summary>
    public const int Stripes = 256;

    private readonly LockStripe[] stripes = new LockStripe[Stripes];
    private readonly LockBudget budget;

    public LockTable(int maximumLocks = MaximumLocks)
    {
        budget = new LockBudget(maximumLocks);
        var graph = new WaitGraph();
        for (var i = 0; i < Stripes; i++) stripes[i] = new LockStripe(budget, graph);
    }

    /// <summary>Locks that are held.</summary>
    public int Count => budget.Used;

    /// <summary>GETLK: the first lock in the way, or one of type <see cref="LockType.Unlock"/>.</summary>
    public FileLock Find(in LockRequest request)
    {
        var found = request with { Type = LockType.Unlock, ProcessId = 0 };
        var stripe = Stripe(request.Inode);
        lock (stripe)
        {
            if (stripe.TryGet(request.Inode, out var locks) && locks.Of(request.IsFlock).TryFind(request, out var held)) found = held;
        }
        return new FileLock { Start = found.Start, End = found.End, Type = found.Type, ProcessId = found.ProcessId };
    }

    /// <summary>SETLK: locks or unlocks; EAGAIN where another lock is in the way, ENOLCK at the bound.</summary>
    public Errno Set(in LockRequest request)
    {
        var ended = default(EndedWaiters);
        var stripe = Stripe(request.Inode);
        Errno error;
        lock (stripe)
        {
            if (!TryGetFor(stripe, request, out var locks)) return Errno.None;
            error = locks.Of(request.IsFlock).TrySet(request, out _, ref ended);
            stripe.Trim(request.Inode, locks);
        }
        ended.Post();
        return error;
    }

    /// <summary>
    /// SETLKW: as <see cref="Set"/>, but where another lock is in the way the request is parked until it is granted or
    /// ended; EDEADLK where it would wait for itself, EINTR where it was interrupted before.
    /// </summary>
    public Reply SetOrWait(in LockRequest wanted, Request request)
    {
        var ended = default(EndedWaiters);
        var stripe = Stripe(wanted.Inode);
        LockWaiter? waiter = null;
        Errno error;
        lock (stripe)
        {
            if (!TryGetFor(stripe, wanted, out var locks)) return Errno.None;
            var space = locks.Of(wanted.IsFlock);
            error = space.TrySet(wanted, out var blocker, ref ended);
            if (error == Errno.EAGAIN)
            {
                waiter = new LockWaiter(this, wanted, request);
                error = request.PrepareToPark() ? Enqueue(space, waiter, blocker) : Errno.ENOLCK;
            }
            stripe.Trim(wanted.Inode, locks);
        }
        ended.Post();
        if (waiter is null || error != Errno.None) return error;
        waiter.Request = request.Park();
        return Reply.Parked;
    }

    /// <summary>Ends a waiter, unless its outcome is settled already.</summary>
    public void End(LockWaiter waiter, Errno error)
    {
        var ended = default(EndedWaiters);
        var stripe = Stripe(waiter.Wanted.Inode);
        lock (stripe)
        {
            if (!waiter.IsWaiting || !stripe.TryGet(waiter.Wanted.Inode, out var locks)) return;
            locks.Of(waiter.Wanted.IsFlock).End(waiter, error, ref ended);
            stripe.Trim(waiter.Wanted.Inode, locks);
        }
        ended.Post();
    }

    /// <summary>
    /// Goes on with what a connection held when the daemon before this one died. Who waited is asked for again by the kernel. Before
    /// anything is served.
    /// </summary>
    public void TakeOver(Connection connection, KeptLocks kept)
    {
        foreach (var (left, place) in kept.ReadLeft())
        {
            var request = left.Of(connection);
            var stripe = Stripe(request.Inode);
            lock (stripe) stripe.GetOrAdd(request.Inode).Of(request.IsFlock).Inherit(request);
            // Behind its copy: what is left twice was held once.
            kept.Remove(place);
        }
    }

    /// <summary>
    /// RELEASE: drops what was locked through a handle and is still held; no unlock comes for OFD locks at close (hazard
    /// 4). Whoever waits through it is told EBADF.
    /// </summary>
    public void ReleaseHandle(ulong inode, Connection connection, ulong handle) =>
        Release(inode, connection, handle, Errno.EBADF);

    /// <summary>Drops what a connection holds and ends its waiters: it is gone.</summary>
    public void ReleaseConnection(Connection connection)
    {
        foreach (var stripe in stripes)
        {
            ulong[] inodes;
            lock (stripe) inodes = stripe.Inodes;
            foreach (var inode in inodes) Release(inode, connection, null, Errno.ENOTCONN);
        }
    }

    private static Errno Enqueue(LockSpace space, LockWaiter waiter, LockOwner blocker)
    {
        // Into the table first, so that an INTERRUPT finds the waiter: it then comes for the stripe, which is ours.
        var parked = waiter.Wanted.Owner.Connection.Parked;
        var error = parked.TryAdd(waiter);
        if (error != Errno.None) return error;
        error = space.Wait(waiter, blocker);
        if (error != Errno.None) parked.Remove(waiter);
        return error;
    }

    /// <summary>False where there is nothing to unlock.</summary>
    private static bool TryGetFor(LockStripe stripe, in LockRequest request, [MaybeNullWhen(false)] out InodeLocks locks)
    {
        if (request.Type == LockType.Unlock) return stripe.TryGet(request.Inode, out locks);
        locks = stripe.GetOrAdd(request.Inode);
        return true;
    }

    private void Release(ulong inode, Connection connection, ulong? handle, Errno outcome)
    {
        var ended = default(EndedWaiters);
        var stripe = Stripe(inode);
        lock (stripe)
        {
            if (!stripe.TryGet(inode, out var locks)) return;
            locks.Of(isFlock: false).Release(connection, handle, outcome, ref ended);
            locks.Of(isFlock: true).Release(connection, handle, outcome, ref ended);
            stripe.Trim(inode, locks);
        }
        ended.Post();
    }

    private LockStripe Stripe(ulong inode) => stripes[inode % Stripes];
}
