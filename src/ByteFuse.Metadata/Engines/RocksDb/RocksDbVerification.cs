namespace ByteFuse.Metadata.RocksDb;

/// <summary>What reading the whole store found.</summary>
/// <param name="Keys">Keys that could be read.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Damage">The engine's messages, each with the name of a file; empty where all is well.</param>
public sealed unsafe record RocksDbVerification(long Keys, long Bytes, IReadOnlyList<string> Damage)
{
    private const int ReadaheadBytes = 2 << 20;
    private const int KeysPerReport = 10_000;

    private static readonly Comparer<byte[]> KeyOrder = Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    internal static RocksDbVerification Run(RocksDbDatabase database, Action<long>? progress)
    {
        var damage = new List<string>();
        var starts = TableStarts(database);
        long keys = 0;
        long bytes = 0;
        // From each key where some table begins to the next: the iterator merges all tables, hidden entries included, so it
        // touches every block; it ends at a damaged one and the walk goes on at the next table. Each table's first block is
        // sought and not stepped into, so its failure does not depend on how the engine steps from table to table.
        for (var i = 0; i < starts.Count; i++)
        {
            var message = Walk(database, starts[i], i + 1 < starts.Count ? starts[i + 1] : [], ref keys, ref bytes, progress);
            if (message.Length > 0 && !damage.Contains(message)) damage.Add(message);
        }
        return new RocksDbVerification(keys, bytes, damage);
    }

    /// <summary>Reads the keys from a start to before an end (empty for none); returns the engine's message, empty for success.</summary>
    private static string Walk(RocksDbDatabase database, byte[] start, byte[] end, ref long keys, ref long bytes, Action<long>? progress)
    {
        var options = RocksDbDatabase.CreateReadOptions(mayBlock: true);
        // The cache belongs to the requests; a walk over everything would empty it.
        NativeMethods.ReadOptionsSetFillCache(options, 0);
        NativeMethods.ReadOptionsSetReadahead(options, ReadaheadBytes);
        fixed (byte* first = start, bound = end)
        {
            if (end.Length > 0) NativeMethods.ReadOptionsSetUpperBound(options, bound, (nuint)end.Length);
            var iterator = NativeMethods.IteratorCreate(database.Handle, options);
            for (NativeMethods.IteratorSeek(iterator, first, (nuint)start.Length); NativeMethods.IteratorValid(iterator) != 0; NativeMethods.IteratorNext(iterator))
            {
                NativeMethods.IteratorKey(iterator, out var keyLength);
                NativeMethods.IteratorValue(iterator, out var valueLength);
                bytes += (long)(keyLength + valueLength);
                if (++keys % KeysPerReport == 0) progress?.Invoke(bytes);
            }
            byte* error = null;
            NativeMethods.IteratorError(iterator, ref error);
            NativeMethods.IteratorDestroy(iterator);
            NativeMethods.ReadOptionsDestroy(options);
            EngineErrors.Classify(error, out var message);
            return message;
        }
    }

    /// <summary>The smallest keys of the tables, each once and in order, behind the empty key, where everything begins.</summary>
    private static List<byte[]> TableStarts(RocksDbDatabase database)
    {
        var starts = new List<byte[]> { Array.Empty<byte>() };
        var files = NativeMethods.LiveFiles(database.Handle);
        for (var i = 0; i < NativeMethods.LiveFilesCount(files); i++)
        {
            var key = NativeMethods.LiveFilesSmallestKey(files, i, out var length);
            var start = new ReadOnlySpan<byte>(key, (int)length).ToArray();
            var at = starts.BinarySearch(start, KeyOrder);
            if (at < 0) starts.Insert(~at, start);
        }
        NativeMethods.LiveFilesDestroy(files);
        return starts;
    }
}
