using System.Buffers.Binary;

namespace ByteFuse.Testing;

/// <summary>One record of getdents64(2). Offset is d_off: what lseek takes to continue after this entry.</summary>
public readonly record struct DirectoryEntry(ulong Inode, long Offset, byte Type, string Name);

/// <summary>Reading directories without a C library in between.</summary>
public static unsafe partial class Sys
{
    /// <summary>getdents64(2): bytes filled (0 at the end) or a negative errno; the entries are appended.</summary>
    public static long Getdents(long fd, byte[] buffer, List<DirectoryEntry> entries)
    {
        long filled;
        fixed (byte* b = buffer)
            filled = Call(SyscallNumber.Getdents64, (nint)fd, (nint)b, buffer.Length);
        for (int at = 0; at < filled;)
        {
            ReadOnlySpan<byte> record = buffer.AsSpan(at);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(record[16..]);
            ReadOnlySpan<byte> name = record[19..length];
            name = name[..name.IndexOf((byte)0)];
            entries.Add(new DirectoryEntry(
                BinaryPrimitives.ReadUInt64LittleEndian(record),
                BinaryPrimitives.ReadInt64LittleEndian(record[8..]),
                record[18],
                Text(name)));
            at += length;
        }
        return filled;
    }

    /// <summary>Every entry of a directory, with "." and ".."; the result is 0 or a negative errno.</summary>
    public static long ReadDirectory(string path, out List<DirectoryEntry> entries, int bufferSize = 32768)
    {
        entries = [];
        long fd = Open(path, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_CLOEXEC);
        if (fd < 0)
            return fd;
        var buffer = new byte[bufferSize];
        long filled;
        do
        {
            filled = Getdents(fd, buffer, entries);
        }
        while (filled > 0);
        Close(fd);
        return filled;
    }
}
