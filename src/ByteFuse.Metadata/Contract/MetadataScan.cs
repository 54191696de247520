namespace ByteFuse.Metadata;

/// <summary>
/// A scan of the keys that begin with a prefix, in byte order, from behind a key on, up to a limit.
/// Each scan sees one consistent state; successive scans may see later ones.
/// Rented from its thread and given back by <see cref="Dispose"/>; results are valid until then.
/// </summary>
public sealed class MetadataScan : IDisposable
{
    [ThreadStatic]
    private static MetadataScan? free;

    private readonly ByteArena arena = new();
    private MetadataScan? next;
    private Entry[] entries = new Entry[64];
    private MetadataKey prefix;
    private MetadataKey after;

    private MetadataScan()
    {
    }

    /// <summary>Only keys that begin with these bytes are returned.</summary>
    public ReadOnlySpan<byte> Prefix => prefix.Span;

    /// <summary>Only keys greater than this one are returned; empty for the beginning of the prefix.</summary>
    public ReadOnlySpan<byte> After => after.Span;

    /// <summary>Most results wanted.</summary>
    public int Limit { get; private set; }

    /// <summary>False for a scan that needs the keys alone.</summary>
    public bool WantValues { get; private set; }

    /// <summary>Number of results.</summary>
    public int Count { get; private set; }

    /// <summary>True where the limit ended the scan; there may be more keys.</summary>
    public bool HasMore { get; set; }

    /// <summary>An empty scan, reused where there is one.</summary>
    public static MetadataScan Rent()
    {
        var scan = free ?? new MetadataScan();
        free = scan.next;
        scan.next = null;
        return scan;
    }

    /// <summary>Says what to scan, and forgets earlier results.</summary>
    public void Start(in MetadataKey scanPrefix, in MetadataKey scanAfter, int limit, bool wantValues = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        Clear();
        prefix = scanPrefix;
        after = scanAfter;
        Limit = limit;
        WantValues = wantValues;
    }

    /// <summary>Forgets the results and goes on behind the last of them.</summary>
    public void Continue()
    {
        if (Count > 0) after = MetadataKey.From(Key(Count - 1));
        Clear();
    }

    /// <summary>The key of a result.</summary>
    public ReadOnlySpan<byte> Key(int index) => arena.Span(At(index).Key);

    /// <summary>The value of a result; empty where values were not wanted.</summary>
    public ReadOnlySpan<byte> Value(int index) => arena.Span(At(index).Value);

    /// <summary>The version of a result.</summary>
    public ulong Version(int index) => At(index).Version;

    /// <summary>For engines: appends a result; false at the limit (set <see cref="HasMore"/> then).</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ulong version, ReadOnlySpan<byte> value)
    {
        if (Count == Limit) return false;
        if (Count == entries.Length) Array.Resize(ref entries, entries.Length * 2);
        entries[Count++] = new Entry { Key = arena.Append(key), Value = arena.Append(WantValues ? value : default), Version = version };
        return true;
    }

    public void Dispose()
    {
        Clear();
        next = free;
        free = this;
    }

    /// <summary>Drops the results; engines begin a scan with it, as one may be begun anew.</summary>
    internal void Clear()
    {
        Count = 0;
        HasMore = false;
        arena.Reset();
    }

    private ref Entry At(int index) => ref entries.AsSpan(0, Count)[index];

    private struct Entry
    {
        public ArenaRange Key;
        public ArenaRange Value;
        public ulong Version;
    }
}
