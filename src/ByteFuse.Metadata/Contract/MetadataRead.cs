namespace ByteFuse.Metadata;

/// <summary>
/// A point read of several keys in one round trip: the caller adds keys, the engine fills in the values.
/// Rented from its thread and given back by <see cref="Dispose"/>; values are valid until then.
/// </summary>
public sealed class MetadataRead : IDisposable
{
    [ThreadStatic]
    private static MetadataRead? free;

    private readonly ByteArena arena = new();
    private MetadataRead? next;
    private Entry[] entries = new Entry[8];

    private MetadataRead()
    {
    }

    /// <summary>Number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>An empty read, reused where there is one.</summary>
    public static MetadataRead Rent()
    {
        var read = free ?? new MetadataRead();
        free = read.next;
        read.next = null;
        return read;
    }

    /// <summary>Adds a key and returns its index.</summary>
    public int Add(in MetadataKey key)
    {
        if (Count == entries.Length) Array.Resize(ref entries, entries.Length * 2);
        entries[Count] = new Entry { Key = arena.Append(key.Span) };
        return Count++;
    }

    /// <summary>The key of an index.</summary>
    public ReadOnlySpan<byte> Key(int index) => arena.Span(At(index).Key);

    /// <summary>True where the key has a value.</summary>
    public bool Found(int index) => At(index).Found;

    /// <summary>The value; empty where the key is absent.</summary>
    public ReadOnlySpan<byte> Value(int index) => arena.Span(At(index).Value);

    /// <summary>The version of the value, for a precondition; 0 where the key is absent.</summary>
    public ulong Version(int index) => At(index).Version;

    /// <summary>For engines: the key has this value.</summary>
    public void SetFound(int index, ulong version, ReadOnlySpan<byte> value)
    {
        var range = arena.Append(value);
        ref var entry = ref At(index);
        entry.Found = true;
        entry.Version = version;
        entry.Value = range;
    }

    /// <summary>For engines: the key is absent.</summary>
    public void SetAbsent(int index)
    {
        ref var entry = ref At(index);
        entry = new Entry { Key = entry.Key };
    }

    /// <summary>Drops keys and values, so that the same object serves another read.</summary>
    public void Reset()
    {
        Count = 0;
        arena.Reset();
    }

    public void Dispose()
    {
        Reset();
        next = free;
        free = this;
    }

    private ref Entry At(int index) => ref entries.AsSpan(0, Count)[index];

    private struct Entry
    {
        public ArenaRange Key;
        public ArenaRange Value;
        public ulong Version;
        public bool Found;
    }
}
