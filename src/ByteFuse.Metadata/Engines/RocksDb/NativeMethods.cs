using System.Runtime.InteropServices;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// RocksDB's C API (include/rocksdb/c.h), as far as it is used. Error arguments receive a message from malloc, or stay null.
/// Calls that neither block nor take longer than a microsecond skip the switch to preemptive mode.
/// </summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraryLocator.Name;

    static NativeMethods() => NativeLibraryLocator.Register();

    [LibraryImport(Library, EntryPoint = "rocksdb_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Open(nint options, string path, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_close")]
    public static partial void Close(nint database);

    [LibraryImport(Library, EntryPoint = "rocksdb_free")]
    public static partial void Free(void* memory);

    [LibraryImport(Library, EntryPoint = "rocksdb_write")]
    public static partial void Write(nint database, nint writeOptions, nint batch, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_get_pinned")]
    public static partial nint GetPinned(nint database, nint readOptions, byte* key, nuint keyLength, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_pinnableslice_value"), SuppressGCTransition]
    public static partial byte* PinnedValue(nint slice, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_pinnableslice_destroy")]
    public static partial void PinnedDestroy(nint slice);

    [LibraryImport(Library, EntryPoint = "rocksdb_flush_wal")]
    public static partial void FlushWal(nint database, byte sync, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_flush")]
    public static partial void Flush(nint database, nint flushOptions, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_create")]
    public static partial nint FlushOptionsCreate();

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_destroy")]
    public static partial void FlushOptionsDestroy(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_compact_range")]
    public static partial void CompactRange(nint database, byte* start, nuint startLength, byte* limit, nuint limitLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles")]
    public static partial nint LiveFiles(nint database);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles_count")]
    public static partial int LiveFilesCount(nint files);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles_name")]
    public static partial byte* LiveFilesName(nint files, int index);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles_size")]
    public static partial nuint LiveFilesSize(nint files, int index);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles_smallestkey")]
    public static partial byte* LiveFilesSmallestKey(nint files, int index, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_livefiles_destroy")]
    public static partial void LiveFilesDestroy(nint files);

    [LibraryImport(Library, EntryPoint = "rocksdb_create_iterator")]
    public static partial nint IteratorCreate(nint database, nint readOptions);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_destroy")]
    public static partial void IteratorDestroy(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_seek")]
    public static partial void IteratorSeek(nint iterator, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_next")]
    public static partial void IteratorNext(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_valid"), SuppressGCTransition]
    public static partial byte IteratorValid(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_key"), SuppressGCTransition]
    public static partial byte* IteratorKey(nint iterator, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_value"), SuppressGCTransition]
    public static partial byte* IteratorValue(nint iterator, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_get_error")]
    public static partial void IteratorError(nint iterator, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_create")]
    public static partial nint BatchCreate();

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_destroy")]
    public static partial void BatchDestroy(nint batch);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_clear")]
    public static partial void BatchClear(nint batch);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_put")]
    public static partial void BatchPut(nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_delete")]
    public static partial void BatchDelete(nint batch, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_set_save_point")]
    public static partial void BatchSetSavePoint(nint batch);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_pop_save_point")]
    public static partial void BatchPopSavePoint(nint batch, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_rollback_to_save_point")]
    public static partial void BatchRollback(nint batch, ref byte* error);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_create")]
    public static partial nint WriteOptionsCreate();

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_destroy")]
    public static partial void WriteOptionsDestroy(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_set_no_slowdown")]
    public static partial void WriteOptionsSetNoSlowdown(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_create")]
    public static partial nint ReadOptionsCreate();

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_destroy")]
    public static partial void ReadOptionsDestroy(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_read_tier")]
    public static partial void ReadOptionsSetReadTier(nint options, int tier);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_verify_checksums")]
    public static partial void ReadOptionsSetVerifyChecksums(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_fill_cache")]
    public static partial void ReadOptionsSetFillCache(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_readahead_size")]
    public static partial void ReadOptionsSetReadahead(nint options, nuint bytes);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_iterate_upper_bound")]
    public static partial void ReadOptionsSetUpperBound(nint options, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_ignore_range_deletions")]
    public static partial void ReadOptionsSetIgnoreRangeDeletions(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_max_skippable_internal_keys")]
    public static partial void ReadOptionsSetMaximumSkipped(nint options, ulong keys);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_background_purge_on_iterator_cleanup")]
    public static partial void ReadOptionsSetBackgroundPurge(nint options, byte value);
}
