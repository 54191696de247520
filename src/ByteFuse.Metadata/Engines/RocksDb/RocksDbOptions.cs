namespace ByteFuse.Metadata.RocksDb;

/// <summary>How a store is opened.</summary>
public sealed record RocksDbOptions
{
    /// <summary>
    /// Default of <see cref="BlockCacheBytes"/>: the inodes and names of some 300,000 files; a daemon's resident memory stays
    /// under 300 MB with it.
    /// </summary>
    public const long DefaultBlockCacheBytes = 64L << 20;

    /// <summary>Default of <see cref="RowCacheBytes"/>: 131,072 rows, names and inodes of some 60,000 files.</summary>
    public const long DefaultRowCacheBytes = 32L << 20;

    /// <summary>
    /// Default of <see cref="ReserveBytes"/>: what RocksDB needs to get going again after the disk was full (it waits for
    /// one write buffer of free space, then flushes all of them and merges) with room for some hundred thousand deletes.
    /// </summary>
    public const long DefaultReserveBytes = 64L << 20;

    /// <summary>Make the store where there is none (format); otherwise its absence is an error.</summary>
    public bool CreateIfMissing { get; init; }

    /// <summary>Bound of the cache of uncompressed blocks, indexes and filters among them, in bytes.</summary>
    public long BlockCacheBytes { get; init; } = DefaultBlockCacheBytes;

    /// <summary>Bound of the cache of single rows in front of the engine, in bytes; rounded up to a power of two.</summary>
    public long RowCacheBytes { get; init; } = DefaultRowCacheBytes;

    /// <summary>
    /// Reads keys that no cache has on the asking reactor as long as none has lasted long lately; otherwise a blocking thread does.
    /// </summary>
    public bool ReadsAtOnce { get; init; } = true;

    /// <summary>Bytes kept in the file "reserve" for the moment when the disk is full; 0 for none.</summary>
    public long ReserveBytes { get; init; } = DefaultReserveBytes;

    /// <summary>Takes lines for the log: corruption, a full disk. Called from any thread; each distinct line once.</summary>
    public Action<string>? Log { get; init; }
}
