using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.Memory;

/// <summary>
/// The contract in its plainest form, for tests: a sorted set under a lock. Nothing is durable; <see cref="Sync"/> only
/// moves <see cref="DurableSequence"/>.
/// </summary>
public sealed class MemoryMetadataStore : IMetadataStore
{
    private readonly Lock gate = new();
    private readonly SortedSet<Row> rows = new(RowOrder.Instance);
    private ulong committed;
    private ulong durable;

    /// <inheritdoc/>
    public ulong CommittedSequence => Volatile.Read(ref committed);

    /// <inheritdoc/>
    public ulong DurableSequence => Volatile.Read(ref durable);

    /// <inheritdoc/>
    public ReactorTask<Errno> Get(MetadataRead read)
    {
        lock (gate)
        {
            for (var i = 0; i < read.Count; i++)
            {
                if (Find(read.Key(i)) is { } row) read.SetFound(i, row.Version, row.Value);
                else read.SetAbsent(i);
            }
        }
        return new ReactorTask<Errno>(Errno.None);
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Scan(MetadataScan scan)
    {
        lock (gate)
        {
            scan.Clear();
            var from = scan.After.SequenceCompareTo(scan.Prefix) > 0 ? scan.After : scan.Prefix;
            foreach (var row in From(from))
            {
                if (!row.Key.AsSpan().StartsWith(scan.Prefix)) break;
                if (row.Key.AsSpan().SequenceEqual(scan.After)) continue;
                if (scan.TryAdd(row.Key, row.Version, row.Value)) continue;
                scan.HasMore = true;
                break;
            }
        }
        return new ReactorTask<Errno>(Errno.None);
    }

    /// <inheritdoc/>
    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit)
    {
        lock (gate)
        {
            for (var i = 0; i < commit.PreconditionCount; i++)
            {
                if (!Holds(commit.Precondition(i))) return new ReactorTask<CommitOutcome>(CommitOutcome.Conflict(i));
            }
            var version = committed + 1;
            for (var i = 0; i < commit.MutationCount; i++) Apply(commit.Mutation(i), version);
            Volatile.Write(ref committed, version);
        }
        return new ReactorTask<CommitOutcome>(CommitOutcome.Success);
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Sync()
    {
        lock (gate) Volatile.Write(ref durable, committed);
        return new ReactorTask<Errno>(Errno.None);
    }

    public void Dispose()
    {
    }

    private bool Holds(in PreconditionView precondition)
    {
        var row = Find(precondition.Key);
        return precondition.Kind switch
        {
            PreconditionKind.Absent => row is null,
            PreconditionKind.Exists => row is not null,
            PreconditionKind.Version => row is not null && row.Version == precondition.Version,
            _ => IsEmpty(precondition.Key),
        };
    }

    private bool IsEmpty(ReadOnlySpan<byte> prefix)
    {
        foreach (var row in From(prefix)) return !row.Key.AsSpan().StartsWith(prefix);
        return true;
    }

    private void Apply(in MutationView mutation, ulong version)
    {
        var row = Find(mutation.Key);
        if (mutation.Kind == MutationKind.Delete)
        {
            if (row is not null) rows.Remove(row);
            return;
        }
        if (row is null)
        {
            row = new Row(mutation.Key.ToArray());
            rows.Add(row);
        }
        row.Version = version;
        row.Value = mutation.Kind == MutationKind.Put ? mutation.Value.ToArray() : Count(mutation, row.Value);
    }

    private static byte[] Count(in MutationView mutation, byte[] before)
    {
        Span<byte> after = stackalloc byte[CounterValue.MaximumLength];
        return after[..CounterValue.Apply(mutation, before, after)].ToArray();
    }

    private Row? Find(ReadOnlySpan<byte> key) => rows.TryGetValue(new Row(key.ToArray()), out var row) ? row : null;

    private SortedSet<Row> From(ReadOnlySpan<byte> key)
    {
        var lower = new Row(key.ToArray());
        return rows.Max is { } upper && RowOrder.Instance.Compare(lower, upper) <= 0 ? rows.GetViewBetween(lower, upper) : [];
    }

    private sealed class Row(byte[] key)
    {
        public byte[] Key { get; } = key;

        public ulong Version { get; set; }

        public byte[] Value { get; set; } = [];
    }

    private sealed class RowOrder : IComparer<Row>
    {
        public static RowOrder Instance { get; } = new();

        public int Compare(Row? x, Row? y) => x!.Key.AsSpan().SequenceCompareTo(y!.Key);
    }
}
