using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// A FUSE request in a slot of a transport. The dispatcher sees every transport through this shape: header, the fixed
/// arguments, the payload (names or data to write), and the memory of the reply's body.
/// Payload and body may be the same memory (on io_uring the kernel has one buffer for both): an operation copies what
/// it needs of the payload before it writes to the body.
/// </summary>
public abstract class Request
{
    /// <summary>The request's header.</summary>
    public InHeader Header;

    /// <summary>The reactor that serves it.</summary>
    public abstract CoreReactor Reactor { get; }

    /// <summary>
    /// The number of this slot among all slots of the connection: the place of its duplicate-request record (rule 6).
    /// </summary>
    public abstract uint Slot { get; }

    /// <summary>The fixed argument struct of the opcode; checked to be complete.</summary>
    public abstract ReadOnlySpan<byte> Arguments { get; }

    /// <summary>What follows the fixed arguments: names, or the data of a WRITE.</summary>
    public abstract NativeSlice Payload { get; }

    /// <summary>Where the reply's body is built; a READ's data lands here directly. At least max_write bytes.</summary>
    public abstract NativeSlice Body { get; }

    /// <summary>
    /// Answers the request with an error, or with the first <paramref name="bodyLength"/> bytes of <see cref="Body"/>,
    /// and gives the slot back. Called once, by the dispatcher alone.
    /// </summary>
    protected internal abstract void Complete(Errno error, int bodyLength);

    /// <summary>Gives the slot back without an answer (FORGET and its like).</summary>
    protected internal abstract void CompleteSilently();

    /// <summary>
    /// Makes sure that the request can be parked; false where the transport would run out of slots. Called before anybody
    /// else can end the wait, on the request's reactor.
    /// </summary>
    protected internal virtual bool PrepareToPark() => true;

    /// <summary>
    /// Gives the slot back while the request waits for something other than its own I/O (rule 9: a waiting request
    /// holds no slot); the returned record answers it later.
    /// </summary>
    protected internal abstract ParkedRequest Park();
}
