using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ByteFuse.Metadata;

/// <summary>
/// A key of the ordered map, held by value: keys live on the stack and in state machines, and are never allocated.
/// Integers are big endian, so that the byte order of the keys is the numeric order.
/// </summary>
public struct MetadataKey
{
    /// <summary>Longest key in bytes: a dentry key of a table byte, a parent, a cookie and a name of 255 bytes.</summary>
    public const int MaximumLength = 1 + 8 + 8 + 255;

    private Bytes bytes;
    private short length;

    /// <summary>The bytes of the key.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Span => ((ReadOnlySpan<byte>)bytes)[..length];

    /// <summary>Length in bytes.</summary>
    public readonly int Length => length;

    /// <summary>A key of the bytes of <paramref name="key"/>; throws where it is too long, which is a fault of the caller.</summary>
    public static MetadataKey From(ReadOnlySpan<byte> key)
    {
        var result = default(MetadataKey);
        result.Append(key);
        return result;
    }

    /// <summary>Appends one byte.</summary>
    public void Append(byte value) => bytes[length++] = value;

    /// <summary>Appends a number, big endian.</summary>
    public void Append(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(((Span<byte>)bytes)[length..], value);
        length += sizeof(ulong);
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(((Span<byte>)bytes)[length..]);
        length += (short)value.Length;
    }

    [InlineArray(MaximumLength)]
    private struct Bytes
    {
        private byte first;
    }
}
