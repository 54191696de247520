using System.Buffers.Binary;

namespace ByteFuse.Linux;

/// <summary>Reads the entries (struct linux_dirent64) that <see cref="FileCalls.ReadDirectory"/> returned.</summary>
public ref struct DirectoryEntryReader
{
    private const int NameOffset = 19;
    private ReadOnlySpan<byte> rest;

    /// <summary>Reads the given bytes, no more than the call returned.</summary>
    public DirectoryEntryReader(ReadOnlySpan<byte> entries) => rest = entries;

    public ulong Inode { get; private set; }

    /// <summary>The position after this entry, for lseek(2).</summary>
    public long NextOffset { get; private set; }

    /// <summary>DT_*: 4 is a directory, 8 a regular file, 10 a symbolic link, 0 unknown.</summary>
    public byte Type { get; private set; }

    /// <summary>The name without its null.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Moves to the next entry; false at the end or where the bytes are not entries.</summary>
    public bool Read()
    {
        if (rest.Length <= NameOffset) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(rest[16..]);
        if (length <= NameOffset || length > rest.Length) return false;
        Inode = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        NextOffset = BinaryPrimitives.ReadInt64LittleEndian(rest[8..]);
        Type = rest[18];
        var name = rest[NameOffset..length];
        var end = name.IndexOf((byte)0);
        Name = end < 0 ? name : name[..end];
        rest = rest[length..];
        return true;
    }
}
