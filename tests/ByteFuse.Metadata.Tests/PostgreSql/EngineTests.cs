using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>What is PostgreSQL's engine's own: round trips, deltas, who may commit, versions of the schema, rights.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly PostgresVolume volume = new();

    public void Dispose() => volume.Dispose();

    [Fact]
    public void A_commit_a_read_of_many_keys_and_a_scan_are_one_round_trip_each()
    {
        using var host = new StoreHost(_ => volume.Open());
        var store = (PostgresMetadataStore)host.Store;
        host.Commit(commit =>
        {
            for (var i = 0; i < 20; i++)
            {
                commit.RequireAbsent(StoreHost.Key($"k/{i}"));
                commit.Put(StoreHost.Key($"k/{i}"), "x"u8);
                commit.Add(StoreHost.Key($"c/{i}"), 0, i);
            }
        });
        Assert.Equal((1, 0), (store.Statistics.CommitRoundTrips, store.Statistics.ReadRoundTrips));
        using var read = MetadataRead.Rent();
        for (var i = 0; i < 20; i++) read.Add(StoreHost.Key($"c/{i}"));
        Assert.Equal(Errno.None, StoreHost.On(0, () => store.Get(read)));
        Assert.Equal((1, 1), (store.Statistics.CommitRoundTrips, store.Statistics.ReadRoundTrips));
        Assert.Equal(20, host.ScanAll(StoreHost.Key("k/")).Count);
        Assert.Equal((1, 2), (store.Statistics.CommitRoundTrips, store.Statistics.ReadRoundTrips));
        Assert.Equal(Errno.None, host.Sync());
        Assert.Equal((1, 2), (store.Statistics.CommitRoundTrips, store.Statistics.ReadRoundTrips));
    }

    [Fact]
    public void A_node_that_alone_commits_asks_once_for_what_it_does_not_change()
    {
        using var host = new StoreHost(_ => volume.Open(fencesOthers: true));
        var store = (PostgresMetadataStore)host.Store;
        host.Commit(commit => commit.Put(StoreHost.Key("a"), "1"u8));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("1", host.GetText("a"));
            Assert.Null(host.GetText("b"));
        }
        Assert.Equal(2, store.Statistics.ReadRoundTrips);
        host.Commit(commit => commit.Put(StoreHost.Key("b"), "2"u8));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("1", host.GetText("a"));
            Assert.Equal("2", host.GetText("b"));
        }
        Assert.Equal(3, store.Statistics.ReadRoundTrips);
        // Another that fences this one: its rows are no longer the volume's.
        using var other = new StoreHost(_ => volume.Open(fencesOthers: true));
        other.Commit(commit => commit.Put(StoreHost.Key("a"), "3"u8));
        Assert.Equal(Errno.EIO, host.Commit(commit => commit.Put(StoreHost.Key("c"), "x"u8)).Error);
        using var read = MetadataRead.Rent();
        read.Add(StoreHost.Key("a"));
        Assert.Equal(Errno.EIO, StoreHost.On(0, () => store.Get(read)));
    }

    [Fact]
    public void What_comes_while_a_round_trip_is_under_way_goes_together()
    {
        const int Commits = 100;
        const int PerReactor = 16;
        using var host = new StoreHost(_ => volume.Open());
        StoreHost.OnAll(PerReactor, Work);
        var done = ((PostgresMetadataStore)host.Store).Statistics;
        Assert.Equal(Commits * PerReactor * StoreHost.ReactorCount, done.Commits);
        Assert.True(done.CommitRoundTrips < done.Commits / 2, $"{done.CommitRoundTrips} round trips for {done.Commits} commits");
        Assert.Equal("2", volume.Sql($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bytefuse {volume.Name}'"));

        async ReactorTask<bool> Work(int number)
        {
            for (var i = 0; i < Commits; i++)
            {
                await host.CommitAsync(commit => commit.Put(StoreHost.Key($"{number}/{i}"), "x"u8));
                Assert.NotNull(await host.GetAsync(StoreHost.Key($"{number}/{i}")));
            }
            return true;
        }
    }

    /// <summary>A transaction that added to a counter and does not end keeps nobody from adding to it.</summary>
    [Fact]
    public void Adding_to_one_counter_waits_for_nobody_who_adds_to_it()
    {
        using var first = new StoreHost(_ => volume.Open());
        for (var i = 0; i < 3; i++) Assert.True(first.Commit(Create(i)).Committed);
        // The same commit by hand, in a transaction that stays open: its locks, its rows.
        var (locks, exclusive) = LocksOf(Create(100));
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("psql",
            ["-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", $"{PostgresCluster.Shared.Port}", "-U", "bytefuse", "-d", "postgres"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PGPASSFILE"] = PostgresCluster.Shared.PassFile },
        })!;
        other.StandardInput.WriteLine($"BEGIN; INSERT INTO {volume.Schema}.clients VALUES ('00000000-0000-0000-0000-000000000001', 0, '{{}}', 0);");
        other.StandardInput.WriteLine(
            $"SELECT o_state FROM {volume.Schema}.commit_batch('00000000-0000-0000-0000-000000000001', 1, 0, '{{{string.Join(',', locks)}}}', '{{{string.Join(',', exclusive)}}}', "
            + "'{1}', '{1}', '{parent}', '{0}', '{1}', '{name/100}', '{x}', '{0}', '{}', '{1}', '{counters}', ARRAY['\\x00000100000000000000'::bytea]);");
        other.StandardInput.Flush();
        Assert.Equal("0", other.StandardOutput.ReadLine());
        for (var i = 3; i < 10; i++) Assert.True(first.Commit(Create(i)).Committed);
        Assert.Equal([10], first.GetCounter("counters"));
        other.StandardInput.WriteLine("COMMIT;");
        other.StandardInput.Close();
        other.WaitForExit();
        Assert.Equal([11], first.GetCounter("counters"));

        static Action<MetadataCommit> Create(int number) => commit =>
        {
            if (number == 0) commit.Put(StoreHost.Key("parent"), "x"u8);
            else commit.RequireExists(StoreHost.Key("parent"));
            commit.Put(StoreHost.Key($"name/{number}"), "x"u8);
            commit.Add(StoreHost.Key("counters"), 0, 1);
        };
    }

    [Fact]
    public void Deltas_are_folded_while_nobody_waits_and_readers_see_no_difference()
    {
        using var host = new StoreHost(_ => volume.Open());
        // Not a multiple: some are left for the time when nobody commits.
        const int Adds = (3 * DeltaFolding.UrgentAt) + 10;
        for (var i = 0; i < Adds; i++)
        {
            host.Commit(commit =>
            {
                commit.Add(StoreHost.Key("n"), 0, 1);
                commit.Max(StoreHost.Key("n"), 1, i);
            });
            if (i % 32 == 31) Assert.True(Deltas() <= DeltaFolding.UrgentAt);
        }
        var (value, version) = host.Get(StoreHost.Key("n"))!.Value;
        while (Deltas() > 0) Thread.Sleep(50);
        Assert.Equal([Adds, Adds - 1], host.GetCounter("n"));
        Assert.Equal((Convert.ToHexString(value), version), (Convert.ToHexString(host.Get(StoreHost.Key("n"))!.Value.Value), host.Get(StoreHost.Key("n"))!.Value.Version));
        Assert.True(host.Commit(commit =>
        {
            commit.RequireVersion(StoreHost.Key("n"), version);
            commit.Put(StoreHost.Key("n"), "12345678"u8);
        }).Committed);
        Assert.True(host.Get(StoreHost.Key("n"))!.Value.Version > version);

        long Deltas() => long.Parse(volume.Sql($"SELECT count(*) FROM {volume.Schema}.deltas"));
    }

    [Fact]
    public void Opening_a_volume_for_one_daemon_ends_the_commits_of_earlier_ones()
    {
        using var first = new StoreHost(_ => volume.Open());
        first.Put("a", "1");
        using var second = new StoreHost(_ => volume.Open(fencesOthers: true));
        Assert.Equal(Errno.EIO, first.Commit(commit => commit.Put(StoreHost.Key("a"), "2"u8)).Error);
        Assert.Equal(Errno.EIO, first.Commit(commit => commit.Put(StoreHost.Key("a"), "2"u8)).Error);
        Assert.Equal("1", second.GetText("a"));
        second.Put("a", "3");
        Assert.Equal("3", second.GetText("a"));
        Assert.Single(volume.Log, line => line.Contains("another daemon has opened the volume"));
    }

    [Fact]
    public void A_server_that_lacks_what_it_acknowledged_is_refused()
    {
        using var host = new StoreHost(_ => volume.Open());
        host.Put("a", "1");
        host.Put("a", "2");
        // As a standby that lagged behind has it.
        volume.Sql($"UPDATE {volume.Schema}.clients SET number = number - 1");
        Assert.Equal(Errno.EIO, host.Commit(commit => commit.Put(StoreHost.Key("a"), "3"u8)).Error);
        Assert.Equal("2", volume.Sql($"SELECT convert_from(value, 'UTF8') FROM {volume.Schema}.rows WHERE key = 'a'"));
        Assert.Single(volume.Log, line => line.Contains("lagged behind"));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_an_older_one_is_migrated_once()
    {
        using (var host = new StoreHost(_ => volume.Open())) host.Put("a", "1");
        await using (var connection = await ServerLink.SourceOf(volume.Url(), 30).OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            var schema = new PostgresSchema(volume.Url());
            string[] steps = [.. PostgresSchema.Steps, "ALTER TABLE @schema@.volume ADD COLUMN later int DEFAULT 7"];
            await schema.Migrate(connection, steps);
            await schema.Migrate(connection, steps);
        }
        Assert.Equal("2|7", volume.Sql($"SELECT schema_version, later FROM {volume.Schema}.volume"));
        var refused = Assert.Throws<MetadataOpenException>(() => volume.Open());
        Assert.Equal(MetadataOpenFailure.Newer, refused.Failure);
        Assert.DoesNotContain('\n', refused.Message);
    }

    /// <summary>The rights that docs/postgresql.md names are enough, and what they do not cover is refused.</summary>
    [Fact]
    public void A_role_with_the_documented_rights_can_mount_and_cannot_change_the_schema()
    {
        var role = $"role_{volume.Name}".Replace('-', '_');
        volume.Sql($"CREATE ROLE {role} LOGIN PASSWORD 'secret'");
        try
        {
            volume.Sql(
                $"GRANT USAGE ON SCHEMA {volume.Schema} TO {role}; GRANT SELECT ON {volume.Schema}.volume TO {role};"
                + $"GRANT SELECT, INSERT, UPDATE, DELETE ON {volume.Schema}.rows, {volume.Schema}.deltas, {volume.Schema}.clients TO {role};"
                + $"GRANT USAGE ON SEQUENCE {volume.Schema}.versions TO {role}");
            using var scratch = new Scratch();
            File.WriteAllText(scratch["pass"], $"*:*:*:{role}:secret\n");
            File.SetUnixFileMode(scratch["pass"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var text = $"postgres://{role}@127.0.0.1:{PostgresCluster.Shared.Port}/postgres?volume={volume.Name}&sslmode=require&passfile={scratch["pass"]}";
            var url = PostgresUrl.TryParse(text, out _)!;
            using (var host = new StoreHost(_ => PostgresMetadataStore.Open(new PostgresOptions { Url = url, FencesOthers = true })))
            {
                host.Put("a", "1");
                host.Commit(commit => commit.Add(StoreHost.Key("n"), 0, 1));
                Assert.Equal("1", host.GetText("a"));
                Assert.Single(host.ScanAll(StoreHost.Key("n")));
                Assert.True(host.Commit(commit => commit.Delete(StoreHost.Key("a"))).Committed);
                Assert.Equal("t", volume.Sql($"SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'bytefuse {volume.Name}'"));
            }
            var refused = Assert.Throws<MetadataOpenException>(() => PostgresMetadataStore.Create(url, "file:///nowhere", replace: true));
            Assert.Contains("rights", refused.Message);
        }
        finally
        {
            volume.Sql($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Theory]
    [InlineData("postgres://nobody@127.0.0.1:{port}/postgres?volume=x&passfile={pass}", "password")]
    [InlineData("postgres://bytefuse@127.0.0.1:1/postgres?volume=x", "127.0.0.1:1 cannot be reached: connection refused")]
    [InlineData("postgres://bytefuse@no-such-host.invalid/postgres?volume=x", "no-such-host.invalid:5432 cannot be reached: no such host")]
    [InlineData("postgres://bytefuse@127.0.0.1:{port}/nothing?volume=x&passfile={pass}", "the server has no database nothing")]
    [InlineData("postgres://bytefuse@127.0.0.1:{port}/postgres?volume=missing&passfile={pass}", "holds no volume missing; bytefuse format makes one")]
    [InlineData("postgres://bytefuse@127.0.0.1:{port}/postgres?volume=x&passfile={wrong}", "does not let in the user bytefuse")]
    [InlineData("postgres://bytefuse@127.0.0.1:{port}/postgres?volume=x&passfile={pass}&sslmode=verify-full", "no TLS connection")]
    public void What_stands_in_the_way_is_one_line(string text, string line)
    {
        using var scratch = new Scratch();
        File.WriteAllText(scratch["wrong"], "*:*:*:bytefuse:wrong\n");
        text = text.Replace("{port}", $"{PostgresCluster.Shared.Port}").Replace("{pass}", PostgresCluster.Shared.PassFile).Replace("{wrong}", scratch["wrong"]);
        var url = PostgresUrl.TryParse(text, out var problem);
        Assert.True(url is not null, problem);
        var refused = Assert.Throws<MetadataOpenException>(() => PostgresMetadataStore.Open(new PostgresOptions { Url = url }));
        Assert.Contains(line, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private (long[] Numbers, bool[] Exclusive) LocksOf(Action<MetadataCommit> fill)
    {
        using var commit = MetadataCommit.Rent();
        fill(commit);
        var locks = new LockSet(volume.Schema);
        locks.Begin();
        locks.Add(commit);
        return (locks.Numbers, locks.Exclusive);
    }
}
