using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Testing;
using Npgsql;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>A server that is away, comes back, or lost what was on its way: calls wait, and each commit is applied once.</summary>
public sealed class OutageTests : IDisposable
{
    private readonly PostgresVolume volume = new();
    private readonly TamperingProxy proxy = new(PostgresCluster.Shared.Port, "commit_batch");

    public void Dispose()
    {
        proxy.Dispose();
        volume.Dispose();
    }

    [Theory]
    [InlineData(Tampering.DropAnswer)]
    [InlineData(Tampering.DropRequest)]
    public void A_commit_whose_answer_or_request_was_lost_is_applied_once(Tampering tampering)
    {
        const int Commits = 20;
        using var host = new StoreHost(_ => volume.Open(proxy.Port));
        for (var i = 0; i < Commits; i++)
        {
            proxy.Next = tampering;
            // Applied twice it would count twice, or find its own name there.
            var outcome = host.Commit(commit =>
            {
                commit.RequireAbsent(StoreHost.Key($"file/{i}"));
                commit.Put(StoreHost.Key($"file/{i}"), "x"u8);
                commit.Add(StoreHost.Key("n"), 0, 1);
            });
            Assert.Equal((Errno.None, -1), (outcome.Error, outcome.FailedPrecondition));
        }
        Assert.Equal(Commits, proxy.Lost);
        Assert.Equal([Commits], host.GetCounter("n"));
        Assert.Equal(2 * Commits, ((PostgresMetadataStore)host.Store).Statistics.CommitRoundTrips);
    }

    [Fact]
    public void Connections_that_are_cut_under_load_lose_and_repeat_nothing()
    {
        const int Cuts = 10;
        using var host = new StoreHost(_ => volume.Open(proxy.Port));
        var progress = 0;
        var ended = 0;
        var cutter = new Thread(() =>
        {
            for (var i = 0; i < Cuts; i++)
            {
                var from = Volatile.Read(ref progress);
                while (Volatile.Read(ref progress) < from + 10) Thread.Sleep(1);
                if (i % 2 == 0) proxy.Cut();
                else volume.Sql($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bytefuse {volume.Name}'");
            }
            Volatile.Write(ref ended, 1);
        });
        cutter.Start();
        CommitUntil(host, () => Volatile.Read(ref ended) != 0, () => Interlocked.Increment(ref progress));
        cutter.Join();
    }

    [Fact]
    public void A_server_that_is_killed_and_started_again_loses_nothing_that_was_answered()
    {
        using var cluster = new PostgresCluster();
        var other = new PostgresVolume(cluster);
        using var host = new StoreHost(_ => other.Open());
        var progress = 0;
        var ended = 0;
        var killer = new Thread(() =>
        {
            for (var i = 0; i < 2; i++)
            {
                var from = Volatile.Read(ref progress);
                while (Volatile.Read(ref progress) < from + 50) Thread.Sleep(1);
                cluster.Kill();
                cluster.Start();
            }
            Volatile.Write(ref ended, 1);
        });
        killer.Start();
        CommitUntil(host, () => Volatile.Read(ref ended) != 0, () => Interlocked.Increment(ref progress));
        killer.Join();
        Assert.Contains(other.Log, line => line.Contains("is away"));
        Assert.Contains(other.Log, line => line.Contains("is back"));
    }

    [Fact]
    public void A_server_that_stays_away_ends_calls_with_EIO_and_may_come_back()
    {
        using var host = new StoreHost(_ => volume.Open(proxy.Port, patience: TimeSpan.FromMilliseconds(300)));
        Assert.True(host.Commit(commit => commit.Put(StoreHost.Key("a"), "1"u8)).Committed);
        proxy.Next = Tampering.Refuse;
        proxy.Cut();
        Assert.Equal(Errno.EIO, host.Commit(commit => commit.Put(StoreHost.Key("a"), "2"u8)).Error);
        Assert.Equal(Errno.EIO, StoreHost.On(0, () => Read(host, "a")));
        proxy.Next = Tampering.None;
        // Patience is short here, and this machine may be slow: once it is back it stays.
        while (StoreHost.On(0, () => Read(host, "a")) != Errno.None) Thread.Sleep(10);
        while (!host.Commit(commit => commit.Put(StoreHost.Key("a"), "3"u8)).Committed) Thread.Sleep(10);
        Assert.Equal("3", volume.Sql($"SELECT convert_from(value, 'UTF8') FROM {volume.Schema}.rows WHERE key = 'a'"));
    }

    /// <summary>
    /// A commit that its caller has given up and the server still has: what is read meanwhile is the row of before, and must not be what
    /// a node that caches rows goes on with.
    /// </summary>
    [Fact]
    public async Task What_is_read_while_a_commit_that_was_given_up_may_still_be_applied_is_not_cached()
    {
        using var host = new StoreHost(_ => volume.Open(proxy.Port, fencesOthers: true, patience: TimeSpan.FromMilliseconds(300)));
        Assert.True(host.Commit(commit => commit.Put(StoreHost.Key("a"), "1"u8)).Committed);
        await using var source = ServerLink.SourceOf(volume.Url(), commandTimeout: 30);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        // Every commit begins with the client's row (commit_batch).
        await using (var hold = new NpgsqlCommand($"SELECT FROM {volume.Schema}.clients FOR UPDATE", connection, transaction))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var givenUp = Task.Run(() => host.Commit(commit => commit.Put(StoreHost.Key("a"), "2"u8)), TestContext.Current.CancellationToken);
        AwaitHeld(1);
        while (await Task.WhenAny(givenUp, Task.Delay(50, TestContext.Current.CancellationToken)) != givenUp) proxy.Cut();
        Assert.Equal(Errno.EIO, (await givenUp).Error);
        var held = Held();
        var next = Task.Run(() => host.Commit(commit => commit.Put(StoreHost.Key("b"), "1"u8)), TestContext.Current.CancellationToken);
        AwaitHeld(held + 1);
        Assert.Equal("1", host.GetText("a"));

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.True((await next).Committed);
        Assert.Equal("2", volume.Sql($"SELECT convert_from(value, 'UTF8') FROM {volume.Schema}.rows WHERE key = 'a'"));
        Assert.Equal("2", host.GetText("a"));
    }

    // Backends with a commit that wait for the client's row; those whose connection was cut stay.
    private int Held() => int.Parse(volume.Sql(
        $"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'bytefuse {volume.Name}'"));

    private void AwaitHeld(int count)
    {
        while (Held() < count) Thread.Sleep(10);
    }

    private static async ReactorTask<Errno> Read(StoreHost host, string key)
    {
        using var read = MetadataRead.Rent();
        read.Add(StoreHost.Key(key));
        return await host.Store.Get(read);
    }

    // Names that must not be there and a counter: what is answered is there, and there once.
    private static void CommitUntil(StoreHost host, Func<bool> ended, Action progress)
    {
        var commits = 0;
        StoreHost.OnAll(4, Work);
        Assert.Equal([commits], host.GetCounter("n"));
        Assert.Equal(commits, host.ScanAll(StoreHost.Key("file/")).Count);

        async ReactorTask<bool> Work(int number)
        {
            for (var i = 0; !ended(); i++)
            {
                using var commit = MetadataCommit.Rent();
                commit.RequireAbsent(StoreHost.Key($"file/{number}/{i}"));
                commit.Put(StoreHost.Key($"file/{number}/{i}"), "x"u8);
                commit.Add(StoreHost.Key("n"), 0, 1);
                var outcome = await host.Store.Commit(commit);
                Assert.Equal((Errno.None, -1), (outcome.Error, outcome.FailedPrecondition));
                Interlocked.Increment(ref commits);
                progress();
                Assert.NotNull(await host.GetAsync(StoreHost.Key($"file/{number}/{i}")));
            }
            return true;
        }
    }
}
