using System.Collections.Concurrent;

namespace ByteFuse.FileSystem;

/// <summary>
/// The files whose times may change and nobody tells: those that were opened for reading and writing with a backing file. A
/// shared mapping of such an open is one of the backing file itself (backing_file_mmap in fs/backing-file.c); stores into it
/// move the backing file's mtime, msync(2) goes there too, and the mapping may outlive the last close(2). So the kernel must
/// not keep their attributes: not at all while they are open, and for a moment afterwards, when a mapping is rare.
/// A mapping holds the inode in the kernel (backing_file_open takes the path that was opened): with the FORGET it is gone.
/// </summary>
internal sealed class MappableFiles
{
    /// <summary>Inodes remembered; an entry takes some 40 bytes. Where there are more, any file may be one of them.</summary>
    public const int Maximum = 1 << 18;

    /// <summary>How old the times of a file that is not open any more, but may still be mapped, can be.</summary>
    public static readonly TimeSpan ClosedTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ulong, byte> inodes = new();
    private int count;
    private KeptNumbers? kept;

    /// <summary>Has them kept for a successor, in the memory of the volume's connection.</summary>
    public void Keep(KeptNumbers? memory) => kept = memory;

    /// <summary>Takes up what a dead daemon left; before the first request.</summary>
    public void TakeOver(KeptNumbers memory)
    {
        foreach (var inode in memory.ReadLeft())
        {
            if (inodes.TryAdd(inode, 0)) count++;
        }
    }

    /// <summary>Remembers an inode.</summary>
    public void Add(ulong inode)
    {
        kept?.Add(inode);
        if (inodes.TryAdd(inode, 0)) Interlocked.Increment(ref count);
    }

    /// <summary>True where the inode may be mapped.</summary>
    public bool Contains(ulong inode)
    {
        var known = Volatile.Read(ref count);
        // Mostly there are none, and every answer with attributes comes by here.
        return known != 0 && (known > Maximum || inodes.ContainsKey(inode));
    }

    /// <summary>The kernel has dropped the inode.</summary>
    public void Remove(ulong inode)
    {
        if (Volatile.Read(ref count) == 0 || !inodes.TryRemove(inode, out _)) return;
        Interlocked.Decrement(ref count);
        kept?.Remove(inode);
    }
}
