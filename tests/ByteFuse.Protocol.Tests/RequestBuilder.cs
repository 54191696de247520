using System.Runtime.InteropServices;

namespace ByteFuse.Protocol.Tests;

/// <summary>Builds requests as the kernel sends them, in a buffer that is used again.</summary>
internal sealed class RequestBuilder
{
    /// <summary>More than header, the longest fixed part, three names of 4096 bytes and extensions.</summary>
    public const int Capacity = 16384;

    private readonly byte[] _bytes = new byte[Capacity];

    public int Length { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public Span<byte> Whole => _bytes;

    public RequestBuilder Start(Opcode opcode, ulong unique = 2, ulong nodeId = 1)
    {
        var header = new InHeader { Opcode = opcode, Unique = unique, NodeId = nodeId, UserId = 1000, GroupId = 1000 };
        MemoryMarshal.Write(_bytes, in header);
        Length = 40;
        return this;
    }

    public RequestBuilder Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
        return this;
    }

    public RequestBuilder Append<T>(in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(_bytes.AsSpan(Length), in value);
        Length += System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        return this;
    }

    public RequestBuilder AppendZeros(int count)
    {
        _bytes.AsSpan(Length, count).Clear();
        Length += count;
        return this;
    }

    /// <summary>Sets the header's length and how many of the last bytes are extensions.</summary>
    public ReadOnlySpan<byte> End(int extensionLength = 0)
    {
        var length = (uint)Length;
        var units = (ushort)(extensionLength / 8);
        MemoryMarshal.Write(_bytes, in length);
        MemoryMarshal.Write(_bytes.AsSpan(36), in units);
        return Bytes;
    }
}
