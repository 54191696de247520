using System.Text;

namespace ByteFuse.Metadata.Tests;

/// <summary>A store with reactors to use it from, and short forms of its calls for the tests' own threads.</summary>
public sealed class StoreHost : IDisposable
{
    // One set for all tests: a test that runs beside others is what a store sees in life.
    private static readonly Lazy<ReactorSet> Shared = new(() => new ReactorSet(new ReactorOptions { Pin = false }));

    public StoreHost(Func<BlockingCalls, IMetadataStore> open) => Store = open(Set.BlockingCalls);

    public static ReactorSet Set => Shared.Value;

    public static int ReactorCount => Set.Reactors.Count;

    public IMetadataStore Store { get; }

    /// <summary>A seed for a random test, from BYTEFUSE_SEED where it is set.</summary>
    public static int Seed(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed}");
        return seed;
    }

    public static MetadataKey Key(string key) => MetadataKey.From(Encoding.UTF8.GetBytes(key));

    public static MetadataKey Key(byte[] key) => MetadataKey.From(key);

    /// <summary>Runs an operation on a reactor and waits for it.</summary>
    public static T On<T>(int reactor, Func<ReactorTask<T>> operation) => Set.RunOn(reactor % ReactorCount, operation);

    /// <summary>Runs an operation on every reactor at once, several times each, and waits for all.</summary>
    public static void OnAll(int perReactor, Func<int, ReactorTask<bool>> operation)
    {
        Exception? failure = null;
        var threads = new List<Thread>();
        for (var i = 0; i < ReactorCount * perReactor; i++)
        {
            var number = i;
            threads.Add(new Thread(() =>
            {
                try
                {
                    On(number, () => operation(number));
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            }));
        }
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failure is not null) throw new InvalidOperationException("An operation failed.", failure);
    }

    public CommitOutcome Commit(Action<MetadataCommit> fill) => On(0, () => CommitAsync(fill));

    public async ReactorTask<CommitOutcome> CommitAsync(Action<MetadataCommit> fill)
    {
        using var commit = MetadataCommit.Rent();
        fill(commit);
        return await Store.Commit(commit);
    }

    public void Put(string key, string value) =>
        Assert.True(Commit(commit => commit.Put(Key(key), Encoding.UTF8.GetBytes(value))).Committed);

    /// <summary>The value and version of a key; null where it is absent.</summary>
    public (byte[] Value, ulong Version)? Get(MetadataKey key) => On(0, () => GetAsync(key));

    public async ReactorTask<(byte[] Value, ulong Version)?> GetAsync(MetadataKey key)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        Assert.Equal(Errno.None, await Store.Get(read));
        return read.Found(0) ? (read.Value(0).ToArray(), read.Version(0)) : null;
    }

    public string? GetText(string key) => Get(Key(key)) is { } found ? Encoding.UTF8.GetString(found.Value) : null;

    /// <summary>The fields of a counter.</summary>
    public long[] GetCounter(string key) =>
        Get(Key(key)) is { } found ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(found.Value).ToArray() : [];

    /// <summary>All keys and values of a prefix, in scans of a limit each.</summary>
    public List<(byte[] Key, byte[] Value)> ScanAll(MetadataKey prefix, int limit = 100) => On(0, () => ScanAllAsync(prefix, limit));

    public async ReactorTask<List<(byte[] Key, byte[] Value)>> ScanAllAsync(MetadataKey prefix, int limit)
    {
        var all = new List<(byte[], byte[])>();
        using var scan = MetadataScan.Rent();
        scan.Start(prefix, default, limit);
        while (true)
        {
            Assert.Equal(Errno.None, await Store.Scan(scan));
            for (var i = 0; i < scan.Count; i++) all.Add((scan.Key(i).ToArray(), scan.Value(i).ToArray()));
            if (!scan.HasMore) return all;
            Assert.Equal(limit, scan.Count);
            scan.Continue();
        }
    }

    public Errno Sync() => On(0, Store.Sync);

    public void Dispose() => Store.Dispose();
}
