using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Tests;

/// <summary>A slot without a kernel: it is given bytes, and counts how the request in it ended.</summary>
internal sealed class FakeRequest(CoreReactor reactor, NativeMemoryBlock memory) : Request
{
    public const int Capacity = 256 << 10;
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
