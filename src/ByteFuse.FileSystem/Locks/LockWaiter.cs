using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// A SETLKW that waits for its lock. Whoever takes it from waiting to ended (grant, interrupt, release, close), under the
/// lock of its file, posts it to its reactor, which answers it: once, however these meet.
/// </summary>
internal sealed class LockWaiter(LockTable table, in LockRequest wanted, Request request)
    : ReactorWork, IParked
{
    public readonly LockRequest Wanted = wanted;

    public ulong Unique { get; } = request.Header.RequestId;

    public CoreReactor Reactor { get; } = request.Reactor;

    /// <summary>
    /// Set by the reactor right after the waiter became visible to others: they only post to that reactor, which cannot
    /// execute the post before.
    /// </summary>
    public ParkedRequest? Request { get; set; }

    /// <summary>False once the outcome is settled. Guarded by the file's stripe, as what follows.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The answer, once settled.</summary>
    public Errno Outcome { get; set; }

    /// <summary>Holder of the first lock in the way. Also guarded by the graph's lock.</summary>
    public LockOwner BlockedBy { get; set; }

    /// <summary>True where what it waits for has changed, so that it is to be tried again.</summary>
    public bool IsWoken { get; set; }

    /// <summary>Neighbours in the file's queue; after the end, the next that has ended.</summary>
    public LockWaiter? Previous { get; set; }

    public LockWaiter? NextInQueue { get; set; }

    /// <summary>Another wait of the same owner (threads share one). Guarded by the graph's lock.</summary>
    public LockWaiter? NextOfOwner { get; set; }

    public void End(Errno error) => table.End(this, error);

    public override void Execute()
    {
        Wanted.Owner.Connection.Parked.Remove(this);
        Request!.Complete(Outcome);
    }
}
