using System.Runtime.InteropServices;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Tests;

/// <summary>A slot without a kernel: it is given bytes, and counts how the request in it ended.</summary>
internal sealed class FakeRequest(CoreReactor reactor, NativeMemoryBlock memory) : Request
{
    public const int Capacity = 256 << 10;

    /// <summary>Bytes of the memory that it is given.</summary>
    public const int MemoryLength = 2 * Capacity + UringHeaderLayout.Length;

    private const int HeaderLength = 40;

    private NativeSlice arguments;
    private NativeSlice payload;

    /// <summary>Where a test builds the request.</summary>
    public Span<byte> Bytes => memory.Part(0, Capacity).Span;

    /// <summary>Times that this request was answered; parked ones count when their record is.</summary>
    public int Answers { get; private set; }

    /// <summary>Times that the slot was given back without an answer.</summary>
    public int Silences { get; private set; }

    /// <summary>Times that the request was parked.</summary>
    public int Parkings { get; private set; }

    /// <summary>The error of the latest answer.</summary>
    public Errno Error { get; private set; }

    /// <summary>The length of the latest answer's body.</summary>
    public int BodyLength { get; private set; }

    public override CoreReactor Reactor { get; } = reactor;

    public override uint Slot => 0;

    public override ReadOnlySpan<byte> Arguments => arguments.Span;

    public override NativeSlice Payload => payload;

    public override NativeSlice Body => memory.Part(Capacity, Capacity);

    /// <summary>Takes the first bytes as a request, as a transport does.</summary>
    public bool TryAccept(int length)
    {
        Answers = Silences = Parkings = 0;
        if (!RequestView.TryParse(Bytes[..length], out Header, out var fixedArguments, out var rest)) return false;
        arguments = memory.Part(HeaderLength, fixedArguments.Length);
        payload = memory.Part(HeaderLength + fixedArguments.Length, rest.Length);
        return true;
    }

    /// <summary>Takes the first bytes as a request that the kernel has parted into an entry, as FUSE over io_uring does.</summary>
    /// <param name="length">Bytes of the request.</param>
    /// <param name="sent">What the entry says of the payload's length; null for what it is.</param>
    public bool TryAcceptEntry(int length, uint? sent)
    {
        Answers = Silences = Parkings = 0;
        var headers = memory.Part(2 * Capacity, UringHeaderLayout.Length);
        var request = Bytes[..length];
        request[..Math.Min(length, HeaderLength)].CopyTo(headers.Span);
        var rest = request[Math.Min(length, HeaderLength)..];
        var opcode = OpcodeTable.Get(MemoryMarshal.Read<InHeader>(headers.Span).Opcode);
        var fixedArguments = rest[..Math.Min(rest.Length, opcode.HasReply ? opcode.FixedLength : 0)];
        fixedArguments.CopyTo(headers.Span[UringHeaderLayout.FixedArgumentsOffset..]);
        rest = rest[fixedArguments.Length..];
        rest.CopyTo(Body.Span);
        MemoryMarshal.Write(headers.Span[UringHeaderLayout.EntryOffset..], new UringEntry { PayloadLength = sent ?? (uint)rest.Length });
        if (!RequestView.TryParseEntry(headers.Span, Body.Length, out Header, out var fixedLength, out var payloadLength)) return false;
        arguments = headers.Slice(UringHeaderLayout.FixedArgumentsOffset, fixedLength);
        // The same memory as the body's.
        payload = Body.Slice(0, payloadLength);
        return true;
    }

    protected override void Complete(Errno error, int bodyLength)
    {
        Answers++;
        Error = error;
        BodyLength = bodyLength;
    }

    protected override void CompleteSilently() => Silences++;

    protected override ParkedRequest Park()
    {
        Parkings++;
        return new FakeParkedRequest(this) { Unique = Header.Unique, Reactor = Reactor };
    }

    private sealed class FakeParkedRequest(FakeRequest request) : ParkedRequest
    {
        protected override void Complete(Errno error) => request.Complete(error, 0);
    }
}
