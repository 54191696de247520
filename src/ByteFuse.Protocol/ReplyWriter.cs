using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Builds the body of a reply in a buffer of fixed size. The header is written apart (<see cref="WriteHeader"/>),
/// because io_uring and virtio keep it in other memory than the body. Never allocates.
/// </summary>
public ref struct ReplyWriter(Span<byte> body)
{
    private readonly Span<byte> _body = body;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>The room that is left, to be filled in place; <see cref="TryAdvance"/> then counts it.</summary>
    public readonly Span<byte> Free => _body[Length..];

    /// <summary>Writes a struct; false, and nothing written, if it does not fit.</summary>
    public bool TryWrite<T>(in T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryWrite(Free, in value))
            return false;
        Length += Unsafe.SizeOf<T>();
        return true;
    }

    /// <summary>Writes bytes; false, and nothing written, if they do not fit.</summary>
    public bool TryWriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(Free))
            return false;
        Length += bytes.Length;
        return true;
    }

    /// <summary>Counts bytes that were put into <see cref="Free"/>; false if that is more than there is room for.</summary>
    public bool TryAdvance(int count)
    {
        if ((uint)count > (uint)(_body.Length - Length))
            return false;
        Length += count;
        return true;
    }

    /// <summary>Writes the header of a reply.</summary>
    /// <param name="destination">At least 16 bytes.</param>
    /// <param name="unique">The request's, bit 63 included.</param>
    /// <param name="errno">0, or a positive errno up to <see cref="ProtocolLimits.HighestErrno"/>.</param>
    /// <param name="bodyLength">Bytes of body; left out with an errno, as the kernel then accepts none.</param>
    public static void WriteHeader(Span<byte> destination, ulong unique, int errno, int bodyLength)
    {
        // EIO (5): an errno that the kernel refuses would leave the caller waiting for ever.
        var valid = (uint)errno <= ProtocolLimits.HighestErrno ? errno : 5;
        var header = new OutHeader
        {
            Length = (uint)(Unsafe.SizeOf<OutHeader>() + (valid == 0 ? bodyLength : 0)),
            Error = -valid,
            Unique = unique,
        };
        MemoryMarshal.Write(destination, in header);
    }
}
