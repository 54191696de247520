namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// An open file, counted: each I/O that uses it holds one reference and the table that offers it to others holds one; whoever
/// drops the last one closes it. Only the table, under its lock, adds references, so that a count of zero is final.
/// </summary>
internal sealed class Descriptor(ulong dataId, int fd, int references)
{
    private int references = references;

    public ulong DataId { get; } = dataId;

    public int Fd { get; } = fd;

    /// <summary>
    /// The creation in this file's folder up to which the folder must be durable for the file to be found again; see
    /// <see cref="FolderDurability"/>. Changed under the table's lock.
    /// </summary>
    public long NameSequence { get; set; }

    /// <summary>Used since the eviction hand last passed. Guarded by the table's lock.</summary>
    public bool Visited { get; set; }

    /// <summary>The place in the table's stripe. Guarded by the table's lock.</summary>
    public int Slot { get; set; }

    /// <summary>The file's name was removed, so that closing it may free its blocks, which takes time.</summary>
    public volatile bool Unlinked;

    /// <summary>No I/O uses it; to be asked under the table's lock.</summary>
    public bool IsIdle => Volatile.Read(ref references) == 1;

    /// <summary>Adds a reference; under the table's lock, while the table holds one.</summary>
    public void Hold() => Interlocked.Increment(ref references);

    /// <summary>Drops a reference; true where it was the last one and the caller has to close the file.</summary>
    public bool Drop() => Interlocked.Decrement(ref references) == 0;
}
