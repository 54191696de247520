using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.Transports.DevFuse;

/// <summary>
/// The memory of one reactor's slots. A slot is a head page and a payload. A request is read to 80 bytes before the end of
/// the head page, so that the data of a WRITE (behind 40 bytes of header and 40 of fuse_write_in) begins on a page.
/// </summary>
internal sealed class DevFuseSlotMemory : IDisposable
{
    /// <summary>The part of the head page that keeps arguments which would otherwise reach into the payload.</summary>
    private const int SpillLength = 256;

    private static readonly int HeadLength = Environment.SystemPageSize;
    private readonly NativeMemoryBlock block;
    private readonly int payloadLength;

    public DevFuseSlotMemory(int slots, int payloadLength)
    {
        this.payloadLength = payloadLength;
        block = NativeMemoryBlock.Allocate((long)slots * (HeadLength + payloadLength));
    }

    /// <summary>Bytes mapped.</summary>
    public long Length => block.Length;

    /// <summary>Where slot <paramref name="index"/> has its request read to: header, arguments, payload.</summary>
    public NativeSlice Request(int index) =>
        block.Part(Start(index) + HeadLength - ProtocolLimits.WriteOverhead, ProtocolLimits.WriteOverhead + payloadLength);

    /// <summary>The page-aligned payload of slot <paramref name="index"/>.</summary>
    public NativeSlice Payload(int index) => block.Part(Start(index) + HeadLength, payloadLength);

    /// <summary>Room for the arguments of slot <paramref name="index"/> while its reply is built over where they were.</summary>
    public NativeSlice Spill(int index) => block.Part(Start(index), SpillLength);

    public void Dispose() => block.Dispose();

    // Heads lie together with their payloads: a request without data then touches one page and its neighbour.
    private long Start(int index) => (long)index * (HeadLength + payloadLength);
}
