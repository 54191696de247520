using System.Text;

namespace ByteFuse.Metadata.Tests.Histories;

/// <summary>A short history of random operations on few keys, by several clients at once.</summary>
public sealed class RandomHistory(StoreHost host, int seed)
{
    private const int ClientsPerReactor = 3;
    private const int OperationsPerClient = 5;

    private readonly List<HistoryOperation> operations = [];
    private readonly string[] names = [$"{seed:x8}/dir/a", $"{seed:x8}/dir/b", $"{seed:x8}/dir/c"];
    private readonly string counter = $"{seed:x8}/n";
    private readonly string directory = $"{seed:x8}/dir/";
    // Shorter than the keys that engines may take for a family.
    private readonly string brief = $"{seed:x8}";
    private long clock;
    private int arrived;

    /// <summary>Runs one on a store that has no keys of this seed.</summary>
    public static List<HistoryOperation> Run(StoreHost host, int seed)
    {
        var history = new RandomHistory(host, seed);
        StoreHost.OnAll(ClientsPerReactor, history.Client);
        return history.operations;
    }

    private async ReactorTask<bool> Client(int number)
    {
        var random = new Random((seed * 31) + number);
        var versions = new Dictionary<string, ulong>();
        Interlocked.Increment(ref arrived);
        while (Volatile.Read(ref arrived) < ClientsPerReactor * StoreHost.ReactorCount) await CoreReactor.Current.Delay(TimeSpan.Zero);
        for (var i = 0; i < OperationsPerClient; i++)
        {
            var operation = Draw(random, versions, $"{number}.{i}");
            operation.Invoked = Interlocked.Increment(ref clock);
            if (operation.Keys is not null) await Read(operation);
            else if (operation.Prefix is not null) await Scan(operation);
            else await Commit(operation);
            operation.Returned = Interlocked.Increment(ref clock);
            foreach (var row in operation.Seen.Where(row => row.Value is not null)) versions[row.Key] = row.Version;
            lock (operations) operations.Add(operation);
        }
        return true;
    }

    private HistoryOperation Draw(Random random, Dictionary<string, ulong> versions, string value)
    {
        var kind = random.Next(10);
        if (kind < 2) return new HistoryOperation { Keys = [.. names.Append(counter).Where(_ => random.Next(2) == 0).DefaultIfEmpty(counter)] };
        if (kind == 2) return new HistoryOperation { Prefix = directory };
        var commit = new HistoryOperation();
        for (var i = random.Next(3); i > 0; i--) commit.Conditions.Add(Condition(random, versions));
        foreach (var name in names.Where(_ => random.Next(3) == 0))
            commit.Changes.Add(new HistoryChange(random.Next(2) == 0 ? MutationKind.Put : MutationKind.Delete, name, value, 0));
        if (random.Next(2) == 0) commit.Changes.Add(new HistoryChange(random.Next(6) == 0 ? MutationKind.Delete : MutationKind.Add, counter, "", random.Next(1, 100)));
        return commit;
    }

    private HistoryCondition Condition(Random random, Dictionary<string, ulong> versions)
    {
        var key = random.Next(4) is < 3 and var name ? names[name] : counter;
        return random.Next(5) switch
        {
            0 => new HistoryCondition(PreconditionKind.Absent, key, 0),
            1 => new HistoryCondition(PreconditionKind.Exists, key, 0),
            2 => new HistoryCondition(PreconditionKind.PrefixEmpty, random.Next(2) == 0 ? directory : brief, 0),
            _ when versions.TryGetValue(key, out var version) => new HistoryCondition(PreconditionKind.Version, key, version),
            _ => new HistoryCondition(PreconditionKind.Absent, key, 0),
        };
    }

    private async ReactorTask<bool> Read(HistoryOperation operation)
    {
        using var read = MetadataRead.Rent();
        foreach (var key in operation.Keys!) read.Add(StoreHost.Key(key));
        Assert.Equal(Errno.None, await host.Store.Get(read));
        for (var i = 0; i < read.Count; i++)
            operation.Seen.Add(new SeenRow(operation.Keys[i], read.Found(i) ? ValueOf(operation.Keys[i], read.Value(i)) : null, read.Version(i)));
        return true;
    }

    private async ReactorTask<bool> Scan(HistoryOperation operation)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(StoreHost.Key(operation.Prefix!), default, 100);
        Assert.Equal(Errno.None, await host.Store.Scan(scan));
        for (var i = 0; i < scan.Count; i++)
        {
            var key = Encoding.UTF8.GetString(scan.Key(i));
            operation.Seen.Add(new SeenRow(key, ValueOf(key, scan.Value(i)), scan.Version(i)));
        }
        return true;
    }

    private async ReactorTask<bool> Commit(HistoryOperation operation)
    {
        using var commit = MetadataCommit.Rent();
        foreach (var condition in operation.Conditions)
        {
            var key = StoreHost.Key(condition.Key);
            if (condition.Kind == PreconditionKind.Absent) commit.RequireAbsent(key);
            else if (condition.Kind == PreconditionKind.Exists) commit.RequireExists(key);
            else if (condition.Kind == PreconditionKind.Version) commit.RequireVersion(key, condition.Version);
            else commit.RequireEmpty(key);
        }
        foreach (var change in operation.Changes)
        {
            var key = StoreHost.Key(change.Key);
            if (change.Kind == MutationKind.Put) commit.Put(key, Encoding.UTF8.GetBytes(change.Value));
            else if (change.Kind == MutationKind.Delete) commit.Delete(key);
            else commit.Add(key, 0, change.Operand);
        }
        var outcome = await host.Store.Commit(commit);
        Assert.Equal(Errno.None, outcome.Error);
        operation.Failed = outcome.FailedPrecondition;
        return true;
    }

    private string ValueOf(string key, ReadOnlySpan<byte> value) =>
        key == counter ? $"{System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(value)}" : Encoding.UTF8.GetString(value);
}
