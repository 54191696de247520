using System.Buffers.Binary;
using System.Numerics;

namespace ByteFuse.Metadata;

/// <summary>
/// The cookie of a name: a keyed 63-bit hash (SipHash-1-3, Aumasson and Bernstein), which is both the place of the name
/// in its directory and the readdir offset. It depends on nothing but the name, so offsets stay valid while the
/// directory changes, across restarts and on other nodes. 0 to 2 are kept for the start, "." and "..".
/// </summary>
public readonly struct DirectoryCookie(UInt128 key)
{
    /// <summary>The offset behind ".".</summary>
    public const ulong Dot = 1;

    /// <summary>The offset behind "..".</summary>
    public const ulong DotDot = 2;

    private readonly ulong key0 = (ulong)key;
    private readonly ulong key1 = (ulong)(key >> 64);

    /// <summary>The cookie of a name, from 3 to 2^63 - 1: st_off is signed.</summary>
    public ulong Of(ReadOnlySpan<byte> name)
    {
        var cookie = Hash(name) & long.MaxValue;
        return cookie <= DotDot ? cookie + DotDot + 1 : cookie;
    }

    private ulong Hash(ReadOnlySpan<byte> data)
    {
        var v0 = key0 ^ 0x736f6d6570736575;
        var v1 = key1 ^ 0x646f72616e646f6d;
        var v2 = key0 ^ 0x6c7967656e657261;
        var v3 = key1 ^ 0x7465646279746573;
        var tail = (ulong)data.Length << 56;
        for (; data.Length >= 8; data = data[8..])
            Absorb(BinaryPrimitives.ReadUInt64LittleEndian(data), ref v0, ref v1, ref v2, ref v3);
        for (var i = 0; i < data.Length; i++) tail |= (ulong)data[i] << (8 * i);
        Absorb(tail, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xff;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
