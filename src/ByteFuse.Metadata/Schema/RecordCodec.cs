using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata;

/// <summary>
/// Fixed records: one version byte, then the fields of the struct, little endian, packed. A later version appends
/// fields: a reader takes what it knows and leaves absent fields zero, so that a volume of today opens in every later version.
/// </summary>
internal static class RecordCodec
{
    /// <summary>The version byte written today.</summary>
    public const byte Version = 1;

    /// <summary>Encoded length of a record.</summary>
    public static int Length<T>()
        where T : unmanaged => 1 + Unsafe.SizeOf<T>();

    /// <summary>Encodes a record at the start of <paramref name="destination"/> and returns what was written.</summary>
    public static ReadOnlySpan<byte> Write<T>(scoped in T record, Span<byte> destination)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Records are little endian.");
        destination[0] = Version;
        MemoryMarshal.Write(destination[1..], record);
        return destination[..Length<T>()];
    }

    /// <summary>Decodes a record; false where the value is no such record.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> value, int shortest, out T record)
        where T : unmanaged
    {
        record = default;
        if (value.Length < 1 + shortest || value[0] < 1) return false;
        var fields = value[1..];
        var target = MemoryMarshal.AsBytes(new Span<T>(ref record));
        fields[..Math.Min(fields.Length, target.Length)].CopyTo(target);
        return true;
    }
}
