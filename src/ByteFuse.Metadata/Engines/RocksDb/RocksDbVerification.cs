namespace ByteFuse.Metadata.RocksDb;

/// <summary>What reading the whole store found.</summary>
/// <param name="Keys">Keys that could be read.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Damage">The engine's messages, each with the name of a file; empty where all is well.</param>
public sealed unsafe record RocksDbVerification(long Keys, long Bytes, IReadOnlyList<string> Damage)
{
    private const int ReadaheadBytes = 2 << 20;
    private const int KeysPerReport = 10_000;

    internal static RocksDbVerification Run(RocksDbDatabase database, Action<long>? progress)
    {
        var damage = new List<string>();
        var options = RocksDbDatabase.CreateReadOptions(mayBlock: true);
        // The cache belongs to the requests; a walk over everything would empty it.
        NativeMethods.ReadOptionsSetFillCache(options, 0);
        NativeMethods.ReadOptionsSetReadahead(options, ReadaheadBytes);
        long keys = 0;
        long bytes = 0;
        // The iterator merges all tables, hidden entries included, so it touches every block. It ends at a damaged one;
        // the walk goes on at the next place where some table begins.
        byte[]? from = [];
        var last = new byte[MetadataKey.MaximumLength];
        var starts = TableStarts(database);
        while (from is not null)
        {
            var iterator = NativeMethods.IteratorCreate(database.Handle, options);
            fixed (byte* start = from) NativeMethods.IteratorSeek(iterator, start, (nuint)from.Length);
            var lastLength = Math.Min(from.Length, last.Length);
            from.AsSpan(0, lastLength).CopyTo(last);
            for (; NativeMethods.IteratorValid(iterator) != 0; NativeMethods.IteratorNext(iterator))
            {
                var key = NativeMethods.IteratorKey(iterator, out var keyLength);
                NativeMethods.IteratorValue(iterator, out var valueLength);
                bytes += (long)(keyLength + valueLength);
                if (++keys % KeysPerReport == 0) progress?.Invoke(bytes);
                lastLength = (int)keyLength;
                new ReadOnlySpan<byte>(key, lastLength).CopyTo(last);
            }
            byte* error = null;
            NativeMethods.IteratorError(iterator, ref error);
            NativeMethods.IteratorDestroy(iterator);
            var status = EngineErrors.Classify(error, out var message);
            if (status != EngineStatus.Ok && !damage.Contains(message)) damage.Add(message);
            from = status == EngineStatus.Ok ? null : starts.Find(start => start.AsSpan().SequenceCompareTo(last.AsSpan(0, lastLength)) > 0);
        }
        NativeMethods.ReadOptionsDestroy(options);
        return new RocksDbVerification(keys, bytes, damage);
    }

    private static List<byte[]> TableStarts(RocksDbDatabase database)
    {
        var starts = new List<byte[]>();
        var files = NativeMethods.LiveFiles(database.Handle);
        for (var i = 0; i < NativeMethods.LiveFilesCount(files); i++)
        {
            var key = NativeMethods.LiveFilesSmallestKey(files, i, out var length);
            starts.Add(new ReadOnlySpan<byte>(key, (int)length).ToArray());
        }
        NativeMethods.LiveFilesDestroy(files);
        starts.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return starts;
    }
}
