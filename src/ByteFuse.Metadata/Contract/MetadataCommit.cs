namespace ByteFuse.Metadata;

/// <summary>
/// One atomic change: every precondition holds and every mutation is applied, or nothing is.
/// Preconditions are checked against the state before the commit. A key is mutated at most once by a put or delete in a
/// commit; adds and maxima on one key may be several. Rented from its thread and given back by <see cref="Dispose"/>.
/// </summary>
public sealed class MetadataCommit : IDisposable
{
    [ThreadStatic]
    private static MetadataCommit? free;

    // A row's lengths and version.
    private const int RowOverheadBytes = 32;

    private readonly ByteArena arena = new();
    private MetadataCommit? next;
    private PreconditionEntry[] preconditions = new PreconditionEntry[8];
    private int counterCount;
    private MutationEntry[] mutations = new MutationEntry[8];

    private MetadataCommit()
    {
    }

    /// <summary>Number of preconditions.</summary>
    public int PreconditionCount { get; private set; }

    /// <summary>Number of mutations.</summary>
    public int MutationCount { get; private set; }

    /// <summary>About the bytes that it takes in an engine's log, and no less.</summary>
    public int Size => arena.Length + (MutationCount * RowOverheadBytes) + (counterCount * CounterValue.MaximumLength);

    /// <summary>
    /// True for a commit without which a full store could not be emptied, such as the start of a session. An engine that
    /// is short of space admits it beside those that delete.
    /// </summary>
    public bool IsEssential { get; set; }

    /// <summary>An empty commit, reused where there is one.</summary>
    public static MetadataCommit Rent()
    {
        var commit = free ?? new MetadataCommit();
        free = commit.next;
        commit.next = null;
        return commit;
    }

    /// <summary>The key has no value. Returns the index that a failure names, as all preconditions do.</summary>
    public int RequireAbsent(in MetadataKey key) => Require(PreconditionKind.Absent, key, 0);

    /// <summary>The key has a value; a delete of it conflicts with this commit.</summary>
    public int RequireExists(in MetadataKey key) => Require(PreconditionKind.Exists, key, 0);

    /// <summary>The key has a value of this version.</summary>
    public int RequireVersion(in MetadataKey key, ulong version) => Require(PreconditionKind.Version, key, version);

    /// <summary>No key begins with this prefix.</summary>
    public int RequireEmpty(in MetadataKey prefix) => Require(PreconditionKind.PrefixEmpty, prefix, 0);

    /// <summary>Sets the value of a key.</summary>
    public void Put(in MetadataKey key, ReadOnlySpan<byte> value) =>
        Append(new MutationEntry { Kind = MutationKind.Put, Key = arena.Append(key.Span), Value = arena.Append(value) });

    /// <summary>Removes a key; absent is fine.</summary>
    public void Delete(in MetadataKey key) => Append(new MutationEntry { Kind = MutationKind.Delete, Key = arena.Append(key.Span) });

    /// <summary>
    /// Adds to a field of a counter value, an array of little-endian 64-bit integers; absent fields are 0.
    /// Additions commute: engines need not serialise two of them.
    /// </summary>
    public void Add(in MetadataKey key, int field, long delta) =>
        Append(new MutationEntry { Kind = MutationKind.Add, Key = arena.Append(key.Span), Field = field, Operand = delta });

    /// <summary>Raises a field of a counter value to at least <paramref name="value"/>. Maxima commute.</summary>
    public void Max(in MetadataKey key, int field, long value) =>
        Append(new MutationEntry { Kind = MutationKind.Max, Key = arena.Append(key.Span), Field = field, Operand = value });

    /// <summary>A precondition, for engines.</summary>
    public PreconditionView Precondition(int index)
    {
        ref var entry = ref preconditions.AsSpan(0, PreconditionCount)[index];
        return new PreconditionView(entry.Kind, arena.Span(entry.Key), entry.Version);
    }

    /// <summary>A mutation, for engines.</summary>
    public MutationView Mutation(int index)
    {
        ref var entry = ref mutations.AsSpan(0, MutationCount)[index];
        return new MutationView(entry.Kind, arena.Span(entry.Key), arena.Span(entry.Value), entry.Field, entry.Operand);
    }

    /// <summary>Drops everything, for a retry with what was read anew.</summary>
    public void Reset()
    {
        PreconditionCount = 0;
        MutationCount = 0;
        counterCount = 0;
        IsEssential = false;
        arena.Reset();
    }

    public void Dispose()
    {
        Reset();
        next = free;
        free = this;
    }

    private int Require(PreconditionKind kind, in MetadataKey key, ulong version)
    {
        if (PreconditionCount == preconditions.Length) Array.Resize(ref preconditions, preconditions.Length * 2);
        preconditions[PreconditionCount] = new PreconditionEntry { Kind = kind, Key = arena.Append(key.Span), Version = version };
        return PreconditionCount++;
    }

    private void Append(in MutationEntry mutation)
    {
        if (MutationCount == mutations.Length) Array.Resize(ref mutations, mutations.Length * 2);
        mutations[MutationCount++] = mutation;
        if (mutation.Kind is MutationKind.Add or MutationKind.Max) counterCount++;
    }

    private struct PreconditionEntry
    {
        public PreconditionKind Kind;
        public ArenaRange Key;
        public ulong Version;
    }

    private struct MutationEntry
    {
        public MutationKind Kind;
        public ArenaRange Key;
        public ArenaRange Value;
        public int Field;
        public long Operand;
    }
}
