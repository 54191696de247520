namespace ByteFuse.Metadata.RocksDb;

/// <summary>An open database: the engine's calls with spans in and statuses out. It knows neither commits nor reactors.</summary>
internal sealed unsafe class RocksDbDatabase : IDisposable
{
    // rocksdb::ReadTier: kReadAllTier, kBlockCacheTier.
    private const int AllTiers = 0;
    private const int CacheTier = 1;

    private readonly nint cacheReads = CreateReadOptions(CacheTier);
    private readonly nint diskReads = CreateReadOptions(AllTiers);
    private readonly nint promptWrites = CreateWriteOptions(noSlowdown: 1);
    private readonly nint patientWrites = CreateWriteOptions(noSlowdown: 0);
    private nint handle;

    private RocksDbDatabase(nint handle, EngineErrors errors)
    {
        this.handle = handle;
        Errors = errors;
    }

    /// <summary>Where failures are classified and logged.</summary>
    public EngineErrors Errors { get; }

    /// <summary>The native database.</summary>
    public nint Handle => handle;

    /// <summary>Opens the database of a directory; null and a message where that fails.</summary>
    public static RocksDbDatabase? TryOpen(string directory, RocksDbOptions settings, out EngineStatus status, out string message)
    {
        var handle = TryOpen(directory, settings, RocksDbTuning.Lz4, out status, out message);
        // A library built without LZ4 still opens what it can read.
        if (status == EngineStatus.Unsupported) handle = TryOpen(directory, settings, RocksDbTuning.NoCompression, out status, out message);
        return status == EngineStatus.Ok ? new RocksDbDatabase(handle, new EngineErrors(settings.Log)) : null;
    }

    /// <summary>
    /// Reads one key. Where it exists and <paramref name="pinned"/> is not 0, the value lies in the engine's memory until
    /// <see cref="Release"/>.
    /// </summary>
    public EngineStatus Get(ReadOnlySpan<byte> key, bool mayBlock, out nint pinned, out ulong version, out ReadOnlySpan<byte> value)
    {
        version = 0;
        value = default;
        byte* error = null;
        fixed (byte* bytes = key)
            pinned = NativeMethods.GetPinned(handle, mayBlock ? diskReads : cacheReads, bytes, (nuint)key.Length, ref error);
        if (error is not null) return Errors.Take(error);
        if (pinned == 0) return EngineStatus.Ok;
        var stored = NativeMethods.PinnedValue(pinned, out var length);
        if (StoredValue.TrySplit(new ReadOnlySpan<byte>(stored, checked((int)length)), out version, out value)) return EngineStatus.Ok;
        Release(pinned);
        pinned = 0;
        // Of a table that is not open, a read of the cache alone says "found", without a value: it may be there (TableCache::Get in
        // db/table_cache.cc of RocksDB, GetContext::MarkKeyMayExist). Opening a store opens 16 tables, and later on
        // RocksDbTuning.MaximumOpenFiles may be open.
        return !mayBlock && length == 0 ? EngineStatus.Incomplete : ReportShortValue((int)length);
    }

    /// <summary>Logs that a stored value is too short to be one.</summary>
    public EngineStatus ReportShortValue(int length)
    {
        Errors.Report($"Corruption: a stored value of {length} bytes has no version.");
        return EngineStatus.Corruption;
    }

    /// <summary>Lets go of a value that <see cref="Get"/> found.</summary>
    public static void Release(nint pinned) => NativeMethods.PinnedDestroy(pinned);

    /// <summary>Writes a batch atomically, into the log (page cache) and the write buffer.</summary>
    public EngineStatus Write(nint batch, bool mayBlock)
    {
        byte* error = null;
        NativeMethods.Write(handle, mayBlock ? patientWrites : promptWrites, batch, ref error);
        return Errors.Take(error);
    }

    /// <summary>Makes everything written so far survive a power cut.</summary>
    public EngineStatus SyncLog()
    {
        byte* error = null;
        NativeMethods.FlushWal(handle, 1, ref error);
        return Errors.Take(error);
    }

    /// <summary>Writes the buffers to a table file and waits for it.</summary>
    public EngineStatus Flush()
    {
        byte* error = null;
        var options = NativeMethods.FlushOptionsCreate();
        NativeMethods.Flush(handle, options, ref error);
        NativeMethods.FlushOptionsDestroy(options);
        return Errors.Take(error);
    }

    /// <summary>Merges the tables of a range of keys into the last level and waits for it.</summary>
    public void Compact(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        fixed (byte* start = first, limit = last)
            NativeMethods.CompactRange(handle, start, (nuint)first.Length, limit, (nuint)last.Length);
    }

    public void Dispose()
    {
        if (handle == 0) return;
        NativeMethods.Close(handle);
        handle = 0;
        NativeMethods.ReadOptionsDestroy(cacheReads);
        NativeMethods.ReadOptionsDestroy(diskReads);
        NativeMethods.WriteOptionsDestroy(promptWrites);
        NativeMethods.WriteOptionsDestroy(patientWrites);
    }

    /// <summary>Options for reads that verify checksums; the caller destroys them.</summary>
    internal static nint CreateReadOptions(bool mayBlock) => CreateReadOptions(mayBlock ? AllTiers : CacheTier);

    private static nint CreateReadOptions(int tier)
    {
        var options = NativeMethods.ReadOptionsCreate();
        NativeMethods.ReadOptionsSetVerifyChecksums(options, 1);
        NativeMethods.ReadOptionsSetReadTier(options, tier);
        // Ranges are never deleted as such. With range deletions RocksDB before 8.5.1 puts a mark between two tables of a level, and
        // a failure to read the first block of the second is lost at that mark: the iterator steps over the whole rest of
        // the level and its status is OK, so a listing would miss names without an error
        // (facebook/rocksdb pull request 11782).
        NativeMethods.ReadOptionsSetIgnoreRangeDeletions(options, 1);
        return options;
    }

    private static nint CreateWriteOptions(byte noSlowdown)
    {
        var options = NativeMethods.WriteOptionsCreate();
        NativeMethods.WriteOptionsSetNoSlowdown(options, noSlowdown);
        return options;
    }

    private static nint TryOpen(string directory, RocksDbOptions settings, int compression, out EngineStatus status, out string message)
    {
        byte* error = null;
        var options = RocksDbTuning.CreateOptions(settings, compression);
        var handle = NativeMethods.Open(options, directory, ref error);
        NativeMethods.OptionsDestroy(options);
        status = EngineErrors.Classify(error, out message);
        return handle;
    }
}
