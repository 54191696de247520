using System.Buffers.Binary;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// What the engine stores under a key: the version (8 bytes, little endian), then the value. The version is the sequence
/// number of the commit that wrote it.
/// </summary>
internal static class StoredValue
{
    /// <summary>Bytes before the value.</summary>
    public const int HeaderLength = sizeof(ulong);

    /// <summary>Splits a stored value; false where it is too short to be one, which is corruption.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> stored, out ulong version, out ReadOnlySpan<byte> value)
    {
        version = 0;
        value = default;
        if (stored.Length < HeaderLength) return false;
        version = BinaryPrimitives.ReadUInt64LittleEndian(stored);
        value = stored[HeaderLength..];
        return true;
    }
}
