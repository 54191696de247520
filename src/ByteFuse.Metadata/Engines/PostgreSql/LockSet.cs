using System.Text;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// The locks of a batch of commits: what makes one function call serializable at READ COMMITTED. All clients of a volume make them
/// in the same way; that is part of the schema's version.
/// <list type="bullet">
/// <item>a key: shared for "exists", add and max, which commute; exclusive for all else</item>
/// <item>a family, the keys with the same first 9 bytes (a table and a number): shared where a key of it may come to be, exclusive
/// for "prefix empty" of a prefix that lies in one family</item>
/// <item>the gate: shared by all, exclusive for shorter prefixes and for commits with too many locks</item>
/// </list>
/// Taken in the order of their numbers, so that nobody waits in a circle. Two keys with one number exclude each other needlessly.
/// </summary>
internal sealed class LockSet
{
    /// <summary>
    /// Most locks of a batch. PostgreSQL has room for max_locks_per_transaction (64) times max_connections (100) in all, and a node has
    /// one batch under way.
    /// </summary>
    public const int Maximum = 512;

    private const int FamilyBytes = 9;

    private readonly ulong seed;
    private readonly SortedDictionary<long, bool> exclusive = [];

    public LockSet(string schema) => seed = Hash(14695981039346656037, Encoding.UTF8.GetBytes(schema));

    /// <summary>Number of locks.</summary>
    public int Count => exclusive.Count;

    /// <summary>The numbers, in order.</summary>
    public long[] Numbers => [.. exclusive.Keys];

    /// <summary>For each, whether it is exclusive.</summary>
    public bool[] Exclusive => [.. exclusive.Values];

    /// <summary>Empties it, but for the gate.</summary>
    public void Begin()
    {
        exclusive.Clear();
        Add((byte)'g', default, false);
    }

    /// <summary>Adds what a commit needs.</summary>
    public void Add(MetadataCommit commit)
    {
        for (var i = 0; i < commit.PreconditionCount; i++) Add(commit.Precondition(i));
        for (var i = 0; i < commit.MutationCount; i++) Add(commit.Mutation(i));
        // One commit that is larger than any batch: alone, with the gate. The locks of keys are of no use beside it.
        if (Count <= Maximum) return;
        exclusive.Clear();
        Add((byte)'g', default, true);
    }

    /// <summary>The exclusive lock of one key.</summary>
    public void Add(ReadOnlySpan<byte> key) => Add((byte)'k', key, true);

    private void Add(in PreconditionView precondition)
    {
        var key = precondition.Key;
        if (precondition.Kind != PreconditionKind.PrefixEmpty) Add((byte)'k', key, precondition.Kind != PreconditionKind.Exists);
        else if (key.Length >= FamilyBytes) Add((byte)'f', key[..FamilyBytes], true);
        else Add((byte)'g', default, true);
    }

    private void Add(in MutationView mutation)
    {
        var key = mutation.Key;
        Add((byte)'k', key, mutation.Kind is MutationKind.Put or MutationKind.Delete);
        if (mutation.Kind != MutationKind.Delete) Add((byte)'f', key[..Math.Min(key.Length, FamilyBytes)], false);
    }

    private void Add(byte kind, ReadOnlySpan<byte> key, bool isExclusive)
    {
        var number = (long)Mix(Hash(Hash(seed, [kind]), key));
        exclusive[number] = isExclusive || (exclusive.TryGetValue(number, out var already) && already);
    }

    // FNV-1a: short, and the same in every version and on every machine.
    private static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) hash = (hash ^ value) * 1099511628211;
        return hash;
    }

    // MurmurHash3's finalizer (Austin Appleby): FNV's upper bits know little of the last bytes.
    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
