using System.Globalization;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// Where the file of a data id lies: <c>xx/yy/0123456789abcdef</c>, the id in 16 lower-case hexadecimal digits. This is part of
/// the format of a volume: it never changes.
/// <para>
/// A group of 64 consecutive ids shares the folder yy, 256 consecutive groups share xx, and then it starts over. So the files of
/// one source tree touch few folders (few are made on a small volume, and one listing tells which of 64 neighbours have bytes),
/// while no folder takes more than 64 creates in a row, and with 100 million files a folder still holds only some 1,500.
/// </para>
/// </summary>
internal static class FolderLayout
{
    /// <summary>Ids per group, as a power of two: as many as there are bits in the word that <see cref="PresenceMap"/> keeps.</summary>
    public const int GroupBits = 6;

    /// <summary>Folders yy in all.</summary>
    public const int Shards = 1 << 16;

    /// <summary>Bytes of a path with its null.</summary>
    public const int PathLength = 23;

    /// <summary>Digits of a file name.</summary>
    public const int NameLength = 16;

    private const int NameStart = 6;

    /// <summary>The number of the id's group.</summary>
    public static ulong Group(ulong dataId) => dataId >> GroupBits;

    /// <summary>The bit of the id in its group's word.</summary>
    public static ulong GroupBit(ulong dataId) => 1UL << (int)(dataId & ((1 << GroupBits) - 1));

    /// <summary>The number of the folder that the id lies in.</summary>
    public static int Shard(ulong dataId) => (int)(Group(dataId) & (Shards - 1));

    /// <summary>The number of the folder that a group lies in.</summary>
    public static int ShardOfGroup(ulong group) => (int)(group & (Shards - 1));

    /// <summary>Writes the path of a data id with its null.</summary>
    public static void WritePath(ulong dataId, Span<byte> path)
    {
        WriteFolder(Shard(dataId), path);
        path[NameStart - 1] = (byte)'/';
        WriteHexadecimal(dataId, path.Slice(NameStart, NameLength));
        path[PathLength - 1] = 0;
    }

    /// <summary>Writes <c>xx/yy</c> with its null.</summary>
    public static void WriteFolder(int shard, Span<byte> path)
    {
        WriteParent(shard, path);
        path[2] = (byte)'/';
        WriteHexadecimal((ulong)shard & 0xFF, path.Slice(3, 2));
        path[5] = 0;
    }

    /// <summary>Writes <c>xx</c> with its null.</summary>
    public static void WriteParent(int shard, Span<byte> path)
    {
        WriteHexadecimal((ulong)shard >> 8, path[..2]);
        path[2] = 0;
    }

    /// <summary>Reads a file name; false where it is not the name of a data id.</summary>
    public static bool TryParseName(ReadOnlySpan<byte> name, out ulong dataId)
    {
        dataId = 0;
        // Upper-case digits would name another file.
        return name.Length == NameLength && !name.ContainsAnyInRange((byte)'A', (byte)'F')
            && ulong.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out dataId);
    }

    private static void WriteHexadecimal(ulong value, Span<byte> digits)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = "0123456789abcdef"u8[(int)(value & 0xF)];
            value >>= 4;
        }
    }
}
