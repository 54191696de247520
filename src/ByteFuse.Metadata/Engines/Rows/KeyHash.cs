using System.Buffers.Binary;
using System.Numerics;

namespace ByteFuse.Metadata.Rows;

/// <summary>
/// A hash of a key: two multiplications for the keys of inodes, about ten for a name. Not against adversaries: a row of
/// an unlucky bucket is looked for in the engine, and no chain grows.
/// </summary>
internal static class KeyHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD6E8FEB86659FD93;

    public static ulong Of(ReadOnlySpan<byte> key)
    {
        var hash = First ^ (ulong)key.Length;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key));
        var rest = 0UL;
        foreach (var value in key) rest = (rest << 8) | value;
        return Mix(hash ^ rest ^ Second);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Second, out var low);
        return BitOperations.RotateLeft(high ^ low, 23) * First;
    }
}
