namespace ByteFuse.Metadata.RocksDb;

/// <summary>The settings of the engine, each with its reason.</summary>
internal static class RocksDbTuning
{
    /// <summary>
    /// Bytes of one write buffer, and how many there may be: one that fills while others are flushed. A log lives as long as
    /// its buffer, and a record takes more room in a buffer than in the log, so the logs together stay under 16 MiB: that
    /// much is replayed when the store is opened after a crash.
    /// </summary>
    public const int WriteBufferBytes = 4 << 20;

    /// <summary>See <see cref="WriteBufferBytes"/>.</summary>
    public const int WriteBuffers = 4;

    /// <summary>Open table files; a process may have 20,000 descriptors or fewer, and the data store wants most of them.</summary>
    public const int MaximumOpenFiles = 512;

    /// <summary>Dead entries that a scan on a reactor steps over before it is handed to a blocking thread (rmdir after a mass removal).</summary>
    public const int MaximumSkippedInline = 1000;

    /// <summary>rocksdb::kLZ4Compression and kNoCompression (include/rocksdb/compression_type.h).</summary>
    public const int Lz4 = 4;

    /// <summary>See <see cref="Lz4"/>.</summary>
    public const int NoCompression = 0;

    private const int PointInTimeRecovery = 2;

    // rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch (include/rocksdb/table.h).
    private const int TwoLevelIndex = 2;
    private const int WarnLevel = 2;

    /// <summary>Options for opening; the caller destroys them.</summary>
    public static nint CreateOptions(RocksDbOptions settings, int compression)
    {
        var options = NativeMethods.OptionsCreate();
        NativeMethods.OptionsSetCreateIfMissing(options, Flag(settings.CreateIfMissing));
        // Background errors stop writes; reads of what is intact go on. A write that built on a damaged table would bury the damage.
        NativeMethods.OptionsSetParanoidChecks(options, 1);
        SetLog(options);
        SetTables(options, settings, compression);
        SetWriteBuffer(ref options);
        return options;
    }

    private static unsafe void SetWriteBuffer(ref nint options)
    {
        // A name that is to be made is looked for first, and mostly is not there.
        NativeMethods.OptionsSetWriteBufferFilter(options, 0.05);
        NativeMethods.OptionsSetWriteBufferFilterByKey(options, 1);
        // A commit goes to five tables of the schema, which begin with a byte each. Per table the next key lies near the one
        // before (inode numbers grow, names have their directory in common), so that a hint each spares most of the search
        // in the buffer's skip list, which is most of the cost of a write. No call of the C interface sets it; a library
        // that does not know it does without.
        byte* error = null;
        var hinted = NativeMethods.OptionsCreate();
        NativeMethods.OptionsFromString(options, "memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.1", hinted, ref error);
        var failed = error is not null;
        if (failed) NativeMethods.Free(error);
        NativeMethods.OptionsDestroy(failed ? hinted : options);
        if (!failed) options = hinted;
    }

    private static void SetLog(nint options)
    {
        // A torn or missing tail of the log, as a power cut leaves it, opens as the prefix before it. Recycled logs would
        // leave old records behind the tail, which this mode cannot tell from damage.
        NativeMethods.OptionsSetWalRecoveryMode(options, PointInTimeRecovery);
        NativeMethods.OptionsSetRecycledLogs(options, 0);
        NativeMethods.OptionsSetWriteBufferSize(options, WriteBufferBytes);
        NativeMethods.OptionsSetMaximumWriteBuffers(options, WriteBuffers);
        NativeMethods.OptionsSetLogLevel(options, WarnLevel);
        NativeMethods.OptionsSetKeptLogFiles(options, 4);
        NativeMethods.OptionsSetLogFileSize(options, 1 << 20);
        NativeMethods.OptionsSetManifestFileSize(options, 4 << 20);
        NativeMethods.OptionsSetManifestPreallocation(options, 64 << 10);
        NativeMethods.OptionsSetStatisticsDumpPeriod(options, 0);
        NativeMethods.OptionsSetStatisticsPersistPeriod(options, 0);
    }

    private static void SetTables(nint options, RocksDbOptions settings, int compression)
    {
        // Tables are handed to the disk as they are written: an fsync of a whole table at its end would delay the log's fsync.
        NativeMethods.OptionsSetBytesPerSync(options, 1 << 20);
        // One flush and one compaction: reactors own the cores.
        NativeMethods.OptionsSetBackgroundJobs(options, 2);
        NativeMethods.OptionsSetTargetFileSize(options, 16 << 20);
        NativeMethods.OptionsSetLevelBase(options, 64 << 20);
        NativeMethods.OptionsSetDynamicLevels(options, 1);
        NativeMethods.OptionsSetCompression(options, compression);
        NativeMethods.OptionsSetMaximumOpenFiles(options, MaximumOpenFiles);

        var tables = NativeMethods.TableOptionsCreate();
        // Whole-key bloom filters only: a prefix filter would serve "is this prefix empty" and xattr listings, but iterators
        // would then need an extractor that fits tables of different key lengths; both are bounded seeks anyway.
        NativeMethods.TableOptionsSetFilter(tables, NativeMethods.BloomCreate(10));
        // Indexes and filters inside the cache: its size is then the bound of everything read.
        NativeMethods.TableOptionsSetCacheIndex(tables, 1);
        NativeMethods.TableOptionsSetIndexPriority(tables, 1);
        NativeMethods.TableOptionsSetPinnedLevel0(tables, 1);
        // In pieces of a block each. The one filter of a table of a million compressed rows has more than the MiB that a shard of
        // the cache holds: it would be read and checked whole for every key that is asked for, and forgotten at once.
        NativeMethods.TableOptionsSetIndexType(tables, TwoLevelIndex);
        NativeMethods.TableOptionsSetPartitionedFilters(tables, 1);
        NativeMethods.TableOptionsSetFormatVersion(tables, 5);
        var cache = NativeMethods.CacheCreate((nuint)settings.BlockCacheBytes);
        NativeMethods.TableOptionsSetBlockCache(tables, cache);
        NativeMethods.OptionsSetTableFormat(options, tables);
        // Both are reference counted inside; the options keep them alive.
        NativeMethods.CacheDestroy(cache);
        NativeMethods.TableOptionsDestroy(tables);
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;
}
