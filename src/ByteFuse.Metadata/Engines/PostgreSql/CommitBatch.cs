using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// The commits of one call of commit_batch, copied out of what their callers hold: however often the call is made again, and whoever
/// has given up waiting by then, it stays the same.
/// </summary>
internal sealed class CommitBatch(string schema)
{
    /// <summary>Most commits of a batch: of more, the first would wait for the work of the last.</summary>
    public const int MaximumCommits = 64;

    /// <summary>Bytes of keys and values beyond which nothing is added.</summary>
    public const int MaximumBytes = 1 << 20;

    private readonly LockSet locks = new(schema);
    private readonly LockSet trial = new(schema);
    private readonly List<int> conditionEnds = [];
    private readonly List<short> kinds = [];
    private readonly List<byte[]> conditionKeys = [];
    private readonly List<long> conditionVersions = [];
    private readonly List<int> putEnds = [];
    private readonly List<byte[]> putKeys = [];
    private readonly List<byte[]> putValues = [];
    private readonly List<int> deleteEnds = [];
    private readonly List<byte[]> deleteKeys = [];
    private readonly List<int> addEnds = [];
    private readonly List<byte[]> addKeys = [];
    private readonly List<byte[]> addChanges = [];
    private int bytes;

    /// <summary>The number of the batch among its client's.</summary>
    public long Number { get; private set; }

    /// <summary>Number of commits.</summary>
    public int Count => conditionEnds.Count;

    /// <summary>Keys of counters that it changes by deltas.</summary>
    public IReadOnlyList<byte[]> Counters => addKeys;

    /// <summary>Keys whose rows it changes.</summary>
    public IEnumerable<byte[]> Changes => [.. putKeys, .. deleteKeys, .. addKeys];

    /// <summary>Empties it.</summary>
    public void Begin(long number)
    {
        Number = number;
        bytes = 0;
        locks.Begin();
        foreach (var list in (List<int>[])[conditionEnds, putEnds, deleteEnds, addEnds]) list.Clear();
        foreach (var list in (List<byte[]>[])[conditionKeys, putKeys, putValues, deleteKeys, addKeys, addChanges]) list.Clear();
        kinds.Clear();
        conditionVersions.Clear();
    }

    /// <summary>Adds a commit; false where it is to be the first of another batch.</summary>
    public bool TryAdd(MetadataCommit commit)
    {
        if (Count > 0)
        {
            trial.Begin();
            trial.Add(commit);
            if (Count == MaximumCommits || bytes + commit.Size > MaximumBytes || locks.Count + trial.Count > LockSet.Maximum) return false;
        }
        bytes += commit.Size;
        locks.Add(commit);
        for (var i = 0; i < commit.PreconditionCount; i++) AddCondition(commit.Precondition(i));
        var (firstPut, firstDelete, firstAdd) = (putKeys.Count, deleteKeys.Count, addKeys.Count);
        for (var i = 0; i < commit.MutationCount; i++) AddMutation(commit.Mutation(i), firstPut, firstDelete, firstAdd);
        SortAdds(firstAdd);
        conditionEnds.Add(conditionKeys.Count);
        putEnds.Add(putKeys.Count);
        deleteEnds.Add(deleteKeys.Count);
        addEnds.Add(addKeys.Count);
        return true;
    }

    /// <summary>The call.</summary>
    public NpgsqlBatchCommand Command(Guid client, long acknowledged)
    {
        var command = new NpgsqlBatchCommand(
            $"SELECT o_state, o_outcomes, o_version, o_server FROM {schema}.commit_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)");
        command.Add(client, NpgsqlDbType.Uuid);
        command.Add(Number, NpgsqlDbType.Bigint);
        command.Add(acknowledged, NpgsqlDbType.Bigint);
        command.Add(locks.Numbers, NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        command.Add(locks.Exclusive, NpgsqlDbType.Array | NpgsqlDbType.Boolean);
        command.Add(conditionEnds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        command.Add(kinds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint);
        command.Add(conditionKeys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        command.Add(conditionVersions.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        command.Add(putEnds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        command.Add(putKeys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        command.Add(putValues.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        command.Add(deleteEnds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        command.Add(deleteKeys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        command.Add(addEnds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        command.Add(addKeys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        command.Add(addChanges.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        return command;
    }

    private void AddCondition(in PreconditionView precondition)
    {
        kinds.Add((short)precondition.Kind);
        conditionKeys.Add(precondition.Key.ToArray());
        conditionVersions.Add((long)precondition.Version);
    }

    // A commit may put or delete a key and add to it afterwards: then there is nothing that could commute, and it is one put.
    private void AddMutation(in MutationView mutation, int firstPut, int firstDelete, int firstAdd)
    {
        var put = Find(putKeys, firstPut, mutation.Key);
        var deleted = Find(deleteKeys, firstDelete, mutation.Key);
        var added = Find(addKeys, firstAdd, mutation.Key);
        switch (mutation.Kind)
        {
            case MutationKind.Put:
                AddPut(mutation.Key, mutation.Value.ToArray(), deleted, added);
                return;
            case MutationKind.Delete:
                deleteKeys.Add(mutation.Key.ToArray());
                if (added >= 0) RemoveAdd(added);
                return;
            default:
                if (put >= 0) putValues[put] = CounterDelta.Apply(mutation, putValues[put]);
                else if (deleted >= 0) AddPut(mutation.Key, CounterDelta.Apply(mutation, []), deleted, added);
                else if (added >= 0) addChanges[added] = CounterDelta.Append(addChanges[added], mutation);
                else
                {
                    addKeys.Add(mutation.Key.ToArray());
                    addChanges.Add(CounterDelta.Append([], mutation));
                }
                return;
        }
    }

    private void AddPut(ReadOnlySpan<byte> key, byte[] value, int deleted, int added)
    {
        putKeys.Add(key.ToArray());
        putValues.Add(value);
        if (deleted >= 0) deleteKeys.RemoveAt(deleted);
        if (added >= 0) RemoveAdd(added);
    }

    private void RemoveAdd(int added)
    {
        addKeys.RemoveAt(added);
        addChanges.RemoveAt(added);
    }

    private static int Find(List<byte[]> keys, int first, ReadOnlySpan<byte> key)
    {
        for (var i = first; i < keys.Count; i++)
        {
            if (key.SequenceEqual(keys[i])) return i;
        }
        return -1;
    }

    private void SortAdds(int first)
    {
        for (var i = first + 1; i < addKeys.Count; i++)
        {
            for (var j = i; j > first && addKeys[j - 1].AsSpan().SequenceCompareTo(addKeys[j]) > 0; j--)
            {
                (addKeys[j - 1], addKeys[j]) = (addKeys[j], addKeys[j - 1]);
                (addChanges[j - 1], addChanges[j]) = (addChanges[j], addChanges[j - 1]);
            }
        }
    }
}
