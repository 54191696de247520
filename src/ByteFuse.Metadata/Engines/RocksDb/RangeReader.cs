namespace ByteFuse.Metadata.RocksDb;

/// <summary>Scans: an iterator sees one state of the database for its whole life, and lives as long as one call.</summary>
internal static unsafe class RangeReader
{
    /// <summary>Fills in a scan; Incomplete where it would touch the disk without leave, and then begins anew when called again.</summary>
    public static EngineStatus Scan(RocksDbDatabase database, MetadataScan scan, bool mayBlock)
    {
        scan.Clear();
        var status = Fill(database, scan, mayBlock);
        // What was read before a failure is not to be used by mistake.
        if (status != EngineStatus.Ok) scan.Clear();
        return status;
    }

    private static EngineStatus Fill(RocksDbDatabase database, MetadataScan scan, bool mayBlock)
    {
        var after = scan.After;
        Span<byte> first = stackalloc byte[MetadataKey.MaximumLength];
        var start = Start(scan.Prefix, after, first);
        using var range = new Range(database, scan.Prefix, mayBlock, stackalloc byte[MetadataKey.MaximumLength]);
        range.Seek(start);
        if (range.Valid && range.Key.SequenceEqual(after)) range.Next();
        for (; range.Valid; range.Next())
        {
            if (!StoredValue.TrySplit(range.Value, out var version, out var value)) return database.ReportShortValue(range.Value.Length);
            if (scan.TryAdd(range.Key, version, value)) continue;
            scan.HasMore = true;
            return EngineStatus.Ok;
        }
        return range.Status;
    }

    /// <summary>Tells whether no key begins with a prefix.</summary>
    public static EngineStatus IsEmpty(RocksDbDatabase database, ReadOnlySpan<byte> prefix, bool mayBlock, out bool empty)
    {
        Span<byte> first = stackalloc byte[MetadataKey.MaximumLength];
        using var range = new Range(database, prefix, mayBlock, stackalloc byte[MetadataKey.MaximumLength]);
        range.Seek(Start(prefix, default, first));
        empty = !range.Valid;
        return empty ? range.Status : EngineStatus.Ok;
    }

    // The empty key is the engine's own record, so a scan of everything begins behind it.
    private static ReadOnlySpan<byte> Start(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after, Span<byte> buffer)
    {
        var from = after.SequenceCompareTo(prefix) > 0 ? after : prefix;
        if (from.IsEmpty)
        {
            buffer[0] = 0;
            return buffer[..1];
        }
        from.CopyTo(buffer);
        return buffer[..from.Length];
    }

    /// <summary>An iterator over the keys of one prefix; the memory of the bound outlives it on the caller's stack.</summary>
    private readonly ref struct Range : IDisposable
    {
        private readonly RocksDbDatabase database;
        private readonly nint options;
        private readonly nint iterator;

        /// <param name="database">What to read.</param>
        /// <param name="prefix">The prefix; empty for all keys.</param>
        /// <param name="mayBlock">Whether the disk may be read.</param>
        /// <param name="bound">Stack memory for the bound, which the engine keeps a pointer to.</param>
        public Range(RocksDbDatabase database, ReadOnlySpan<byte> prefix, bool mayBlock, Span<byte> bound)
        {
            this.database = database;
            options = RocksDbDatabase.CreateReadOptions(mayBlock);
            if (!mayBlock) NativeMethods.ReadOptionsSetMaximumSkipped(options, RocksDbTuning.MaximumSkippedInline);
            // Files that this iterator was the last to use are removed by a background thread, not on the reactor.
            NativeMethods.ReadOptionsSetBackgroundPurge(options, 1);
            var length = KeyRange.Successor(prefix, bound);
            // Without a bound, the end of a directory would step over the dead entries of the ones behind it.
            if (length > 0) fixed (byte* bytes = bound) NativeMethods.ReadOptionsSetUpperBound(options, bytes, (nuint)length);
            iterator = NativeMethods.IteratorCreate(database.Handle, options);
        }

        public bool Valid => NativeMethods.IteratorValid(iterator) != 0;

        public ReadOnlySpan<byte> Key => new(NativeMethods.IteratorKey(iterator, out var length), (int)length);

        public ReadOnlySpan<byte> Value => new(NativeMethods.IteratorValue(iterator, out var length), (int)length);

        /// <summary>Why the iterator is no longer valid: its end, or a failure.</summary>
        public EngineStatus Status
        {
            get
            {
                byte* error = null;
                NativeMethods.IteratorError(iterator, ref error);
                return database.Errors.Take(error);
            }
        }

        public void Seek(ReadOnlySpan<byte> key)
        {
            fixed (byte* bytes = key) NativeMethods.IteratorSeek(iterator, bytes, (nuint)key.Length);
        }

        public void Next() => NativeMethods.IteratorNext(iterator);

        public void Dispose()
        {
            NativeMethods.IteratorDestroy(iterator);
            NativeMethods.ReadOptionsDestroy(options);
        }
    }
}
