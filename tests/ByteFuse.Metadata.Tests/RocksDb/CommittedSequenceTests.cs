namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Who has seen a row of a commit and then scans finds it there, too: a scan waits for the engine to have all that is committed.</summary>
public sealed class CommittedSequenceTests : RocksDbFixture
{
    private const int Commits = 60_000;

    [Fact]
    public void No_row_is_seen_before_its_commit_counts()
    {
        Assert.SkipUnless(StoreHost.ReactorCount > 1, "needs two CPUs");
        using var host = Open();
        var store = RocksDb(host);
        var key = StoreHost.Key("key");
        host.Put("key", "0");
        var ended = 0;
        var writer = new Thread(() =>
        {
            StoreHost.On(0, async () =>
            {
                for (var i = 0; i < Commits; i++) Assert.True((await host.CommitAsync(commit => commit.Put(key, [1]))).Committed);
                return true;
            });
            Volatile.Write(ref ended, 1);
        });
        writer.Start();
        var early = StoreHost.On(1, async () =>
        {
            var seen = 0;
            while (Volatile.Read(ref ended) == 0)
            {
                var (_, version) = (await host.GetAsync(key))!.Value;
                if (store.CommittedSequence < version) seen++;
            }
            return seen;
        });
        writer.Join();
        Assert.Equal(0, early);
    }
}
