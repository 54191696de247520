using System.Buffers.Binary;

namespace ByteFuse.Metadata.Tests.Contract;

public abstract partial class MetadataContractTests
{
    /// <summary>Random commits against a dictionary: every outcome, and the state in between and at the end.</summary>
    [Fact]
    public void Random_commits_agree_with_a_model()
    {
        const int Commits = 3000;
        var random = new Random(StoreHost.Seed(output));
        var model = new SortedDictionary<string, (byte[] Value, ulong Version)>(StringComparer.Ordinal);
        StoreHost.On(0, Run);

        async ReactorTask<bool> Run()
        {
            for (var i = 0; i < Commits; i++)
            {
                using var commit = MetadataCommit.Rent();
                var changes = new Dictionary<string, byte[]?>();
                var expected = AddPreconditions(commit, random, model);
                AddMutations(commit, random, model, changes);
                var outcome = await Host.Store.Commit(commit);
                Assert.Equal((Errno.None, expected), (outcome.Error, outcome.FailedPrecondition));
                if (expected < 0) await Apply(changes, model);
                if (i % 100 == 99) await Compare(model);
            }
            return true;
        }
    }

    private static int AddPreconditions(MetadataCommit commit, Random random, SortedDictionary<string, (byte[] Value, ulong Version)> model)
    {
        var failed = -1;
        for (var i = random.Next(4); i > 0; i--)
        {
            var key = RandomKey(random);
            var exists = model.TryGetValue(key, out var row);
            var version = row.Version + (ulong)random.Next(2);
            var prefix = key[..random.Next(1, key.Length + 1)];
            var (index, holds) = random.Next(4) switch
            {
                0 => (commit.RequireAbsent(StoreHost.Key(key)), !exists),
                1 => (commit.RequireExists(StoreHost.Key(key)), exists),
                2 => (commit.RequireVersion(StoreHost.Key(key), version), exists && version == row.Version),
                _ => (commit.RequireEmpty(StoreHost.Key(prefix)), !model.Keys.Any(other => other.StartsWith(prefix, StringComparison.Ordinal))),
            };
            if (!holds && failed < 0) failed = index;
        }
        return failed;
    }

    private static void AddMutations(
        MetadataCommit commit, Random random, SortedDictionary<string, (byte[] Value, ulong Version)> model, Dictionary<string, byte[]?> changes)
    {
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var key = RandomKey(random);
            if (changes.ContainsKey(key)) continue;
            switch (random.Next(4))
            {
                case 0:
                    commit.Delete(StoreHost.Key(key));
                    changes[key] = null;
                    break;
                case 1:
                    var value = new byte[8 * random.Next(4)];
                    random.NextBytes(value);
                    commit.Put(StoreHost.Key(key), value);
                    changes[key] = value;
                    break;
                default:
                    changes[key] = model.TryGetValue(key, out var row) ? row.Value : [];
                    for (var j = random.Next(1, 4); j > 0; j--) changes[key] = AddCounter(commit, random, key, changes[key]!);
                    break;
            }
        }
    }

    private static byte[] AddCounter(MetadataCommit commit, Random random, string key, byte[] value)
    {
        var field = random.Next(3);
        var operand = random.NextInt64(-1000, 1000);
        var result = new byte[Math.Max(value.Length, 8 * (field + 1))];
        value.CopyTo(result, 0);
        var at = result.AsSpan(8 * field);
        var before = BinaryPrimitives.ReadInt64LittleEndian(at);
        if (random.Next(2) == 0)
        {
            commit.Add(StoreHost.Key(key), field, operand);
            BinaryPrimitives.WriteInt64LittleEndian(at, before + operand);
        }
        else
        {
            commit.Max(StoreHost.Key(key), field, operand);
            BinaryPrimitives.WriteInt64LittleEndian(at, Math.Max(before, operand));
        }
        return result;
    }

    private async ReactorTask<bool> Apply(Dictionary<string, byte[]?> changes, SortedDictionary<string, (byte[] Value, ulong Version)> model)
    {
        foreach (var (key, value) in changes)
        {
            var found = await Host.GetAsync(StoreHost.Key(key));
            Assert.Equal(value, found?.Value);
            if (found is not { } row)
            {
                model.Remove(key);
                continue;
            }
            Assert.True(!model.TryGetValue(key, out var before) || before.Version < row.Version);
            model[key] = row;
        }
        return true;
    }

    private async ReactorTask<bool> Compare(SortedDictionary<string, (byte[] Value, ulong Version)> model)
    {
        var rows = await Host.ScanAllAsync(default, 7);
        Assert.Equal(model.Keys, Keys(rows));
        Assert.Equal(model.Values.Select(row => Convert.ToHexString(row.Value)), rows.Select(row => Convert.ToHexString(row.Value)));
        return true;
    }

    private static string RandomKey(Random random) => new((char)('a' + random.Next(4)), random.Next(1, 6));
}
