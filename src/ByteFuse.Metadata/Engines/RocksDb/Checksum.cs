using System.Buffers.Binary;
using System.Numerics;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>CRC-32C, which processors compute eight bytes at a time.</summary>
internal static class Checksum
{
    /// <summary>The checksum of some bytes, begun with a number that they belong to.</summary>
    public static uint Of(ulong salt, ReadOnlySpan<byte> bytes)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, salt);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
