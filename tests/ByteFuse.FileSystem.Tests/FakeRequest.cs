using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem.Tests;

/// <summary>
/// A slot without a kernel: payload and body are the same memory, as on io_uring. It serves one request after the other;
/// preparing one and awaiting its answer allocates nothing.
/// </summary>
internal sealed class FakeRequest(CoreReactor reactor) : Request, IReactorTaskSource<Errno>, IDisposable
{
    private const int Capacity = 128 << 10;
    private const int LongestArguments = 256;

    private readonly NativeMemoryBlock memory = NativeMemoryBlock.Allocate(Capacity);
    private readonly byte[] arguments = new byte[LongestArguments];
    private NativeSlice payload;
    private Action? continuation;
    private Errno outcome;
    private short token;

    /// <summary>Times that the request was answered, or given back without an answer.</summary>
    public int Ends { get; private set; }

    /// <summary>Length of the answer's body.</summary>
    public int BodyLength { get; private set; }

    /// <summary>The slot in which the next request comes.</summary>
    public uint SlotNumber { get; set; }

    public override CoreReactor Reactor { get; } = reactor;

    public override uint Slot => SlotNumber;

    public override ReadOnlySpan<byte> Arguments => arguments.AsSpan(0, OpcodeTable.Get(Header.Opcode).FixedLength);

    public override NativeSlice Payload => payload;

    public override NativeSlice Body => memory.Slice;

    /// <summary>Puts a request into the slot.</summary>
    public void Prepare<T>(Opcode opcode, ulong node, in T fixedArguments, ReadOnlySpan<byte> following, ulong unique)
        where T : unmanaged
    {
        Header = new InHeader { Opcode = opcode, NodeId = node, Unique = unique };
        MemoryMarshal.Write(arguments, in fixedArguments);
        following.CopyTo(memory.Slice.Span);
        payload = memory.Part(0, following.Length);
        Ends = 0;
    }

    /// <summary>Makes sure that a body is not what an earlier request left there.</summary>
    public void Scribble() => memory.Slice.Span.Fill(0xEE);

    /// <summary>Completes when the request has ended; its error, or None.</summary>
    public ReactorTask<Errno> Ended() => new(this, token);

    public bool IsCompleted(short expected) => Ends > 0;

    public Errno GetResult(short expected)
    {
        if (expected != token) throw new InvalidOperationException("The answer was taken twice.");
        token++;
        return outcome;
    }

    public void OnCompleted(Action action, short expected) => continuation = action;

    public void Dispose() => memory.Dispose();

    protected internal override void Complete(Errno error, int bodyLength)
    {
        Ends++;
        outcome = error;
        BodyLength = bodyLength;
        var waiter = continuation;
        continuation = null;
        waiter?.Invoke();
    }

    protected internal override void CompleteSilently() => Complete(Errno.None, 0);

    protected internal override ParkedRequest Park() => throw new InvalidOperationException("Nothing here waits for a lock.");
}
