using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>Another server takes over: with all that was acknowledged it is taken, with less it is refused (hazard 21).</summary>
public sealed class FailOverTests : IDisposable
{
    private readonly PostgresCluster primary = new();
    private readonly PostgresCluster standby;
    private readonly PostgresVolume volume;
    private readonly TamperingProxy proxy;

    public FailOverTests()
    {
        volume = new PostgresVolume(primary);
        standby = primary.Standby();
        proxy = new TamperingProxy(primary.Port, "commit_batch");
    }

    public void Dispose()
    {
        proxy.Dispose();
        standby.Dispose();
        primary.Dispose();
    }

    [Fact]
    public void A_standby_that_has_everything_is_taken()
    {
        using var host = new StoreHost(_ => volume.Open(proxy.Port));
        host.Put("a", "1");
        CatchUp();
        primary.Kill();
        proxy.Target = standby.Port;
        // Asked before the standby serves for itself: it waits.
        string? read = null;
        var reader = new Thread(() => read = host.GetText("a"));
        reader.Start();
        standby.Sql("SELECT pg_promote()");
        reader.Join();
        Assert.Equal("1", read);
        host.Put("a", "2");
        Assert.Equal("2", host.GetText("a"));
        Assert.DoesNotContain(volume.Log, line => line.Contains("lagged behind"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_standby_that_lagged_behind_is_refused(bool readsFirst)
    {
        using var host = new StoreHost(_ => volume.Open(proxy.Port));
        host.Put("a", "1");
        CatchUp();
        standby.Stop();
        host.Put("a", "2");
        primary.Kill();
        standby.Start();
        proxy.Target = standby.Port;
        standby.Sql("SELECT pg_promote()");
        for (var i = 0; i < 4; i++)
        {
            if (readsFirst == (i % 2 == 0)) Assert.Equal(Errno.EIO, StoreHost.On(0, () => Read(host)));
            else Assert.Equal(Errno.EIO, host.Commit(commit => commit.Put(StoreHost.Key("b"), "x"u8)).Error);
        }
        Assert.Equal("1", standby.Sql($"SELECT convert_from(value, 'UTF8') FROM {volume.Schema}.rows"));
        Assert.Single(volume.Log, line => line.Contains("lagged behind"));
    }

    private static async ReactorTask<Errno> Read(StoreHost host)
    {
        using var read = MetadataRead.Rent();
        read.Add(StoreHost.Key("a"));
        return await host.Store.Get(read);
    }

    private void CatchUp()
    {
        var written = primary.Sql("SELECT pg_current_wal_lsn()");
        while (standby.Sql($"SELECT coalesce(pg_last_wal_replay_lsn(), '0/0') >= '{written}'") != "t") Thread.Sleep(20);
    }
}
