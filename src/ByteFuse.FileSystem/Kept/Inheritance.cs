using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// What is left to be done of the requests that a dead daemon had in hand. The kernel sends them again, ahead of all others
/// (fuse_resend in fs/fuse/dev.c puts them at the head of the queue). So once every queue has found the kernel's queue empty, or
/// something newer in it, all of them have been read; and once those are answered nobody asks for the dead one's records.
/// </summary>
public sealed class Inheritance
{
    private readonly Connection connection;
    private long resent;
    private long answered;

    // Queues that may yet read a request of the dead, and such requests in hand. Each holds the end off.
    private int open;

    internal Inheritance(Connection connection) => this.connection = connection;

    /// <summary>True until all of them are answered.</summary>
    public bool IsOpen => Volatile.Read(ref open) != 0;

    /// <summary>Requests so far that came again.</summary>
    public long Resent => Volatile.Read(ref resent);

    /// <summary>Requests so far that came again and had been executed.</summary>
    public long AnsweredFromRecord => Volatile.Read(ref answered);

    /// <summary>The transport is about to ask the kernel for them, and reads by so many queues.</summary>
    public void Begin(int queues) => Volatile.Write(ref open, queues);

    /// <summary>A queue has seen that the kernel has no more of them. Once for each, on its reactor.</summary>
    public void QueuePassed() => Leave();

    /// <summary>A request that came again is in hand; before its queue reads on.</summary>
    /// <returns>True where <see cref="Leave"/> is due after its answer.</returns>
    internal bool Enter()
    {
        Interlocked.Increment(ref resent);
        // Its queue has not passed yet and holds the end off. Without a take-over nothing is to end.
        if (!IsOpen) return false;
        Interlocked.Increment(ref open);
        return true;
    }

    /// <summary>One is answered, or a queue is through.</summary>
    internal void Leave()
    {
        if (Interlocked.Decrement(ref open) == 0) End().Detach();
    }

    internal void CountAnswered() => Interlocked.Increment(ref answered);

    private async ReactorTask<Errno> End()
    {
        if (connection.Memory is not { } memory) return Errno.None;
        // First the records, then the mark that their areas are free: a crash in between leaves too little, never too much.
        var error = await DuplicateRequests.RemoveInherited(connection, memory.Area);
        if (error == Errno.None) memory.EndInheritance();
        return error;
    }
}
