using ByteFuse.Metadata.RocksDb;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Memory, log size, and what must not run on a reactor.</summary>
public sealed class BoundsTests(ITestOutputHelper output) : RocksDbFixture
{
    [Fact]
    public void Gets_scans_and_commits_allocate_nothing()
    {
        using var host = Open();
        for (var i = 0; i < 100; i++) host.Put($"key/{i:d3}", new string('v', 200));
        // Measured without a suspension in between, so that nothing else runs on this reactor's thread meanwhile.
        var (get, scan, commit) = StoreHost.On(0, Measure);
        output.WriteLine($"get {get}, scan {scan}, commit {commit} bytes");
        Assert.Equal((0, 0, 0), (get, scan, commit));

        ReactorTask<(long Get, long Scan, long Commit)> Measure() =>
            new((Allocated(host, GetOnce), Allocated(host, ScanOnce), Allocated(host, CommitOnce)));
    }

    [Fact]
    public void A_table_whose_filter_is_larger_than_the_cache_is_read_through_it_all_the_same()
    {
        const int Commits = 150, RowsPerCommit = 1000;
        using (var host = Open())
        {
            for (var i = 0; i < Commits; i++)
            {
                var first = i * RowsPerCommit;
                Assert.True(host.Commit(commit =>
                {
                    for (var row = first; row < first + RowsPerCommit; row++) commit.Put(StoreHost.Key($"row/{row:d6}"), default);
                }).Committed);
            }
        }
        using (var database = RocksDbOpening.Open(Folder, Options))
        {
            database.Flush();
            database.Compact("row/"u8, "row/~"u8);
        }
        // At 10 bits a row the filter has 183 KiB.
        using (var host = Open(Options with { BlockCacheBytes = 128 << 10, ReadsAtOnce = false }))
        {
            ReadSome(host);
            var cold = RocksDb(host).Statistics.BlockingReads;
            ReadSome(host);
            Assert.InRange(cold, 1, 8);
            Assert.Equal(cold, RocksDb(host).Statistics.BlockingReads);
        }

        static void ReadSome(StoreHost host)
        {
            for (var row = 0; row < Commits * RowsPerCommit; row += Commits * RowsPerCommit / 4)
            {
                Assert.NotNull(host.Get(StoreHost.Key($"row/{row:d6}")));
                Assert.Null(host.Get(StoreHost.Key($"row/{row:d6}/absent")));
            }
        }
    }

    [Fact]
    public void Keys_that_no_cache_has_are_read_at_once_and_with_many_none_changes_threads()
    {
        const int Rows = 2000;
        PutRows(Rows);
        using (var host = Open(Options with { BlockCacheBytes = 128 << 10 }))
        {
            for (var i = 0; i < Rows; i += 7) Assert.Equal(Incompressible(i, 1000), host.Get(StoreHost.Key($"row/{i:d6}"))!.Value.Value);
            var statistics = RocksDb(host).Statistics;
            Assert.InRange(statistics.EngineReads, Rows / 7, Rows);
            // A machine that stands still for a moment has the next 100 ms of reads go there.
            Assert.True(statistics.BlockingReads < Rows / 7, $"{statistics.BlockingReads} of {statistics.EngineReads} changed threads");
        }
    }

    [Fact]
    public void Reads_that_miss_the_cache_go_to_a_blocking_thread_and_come_back_right()
    {
        const int Rows = 2000;
        PutRows(Rows);
        using (var host = Open(Options with { BlockCacheBytes = 128 << 10, ReadsAtOnce = false }))
        {
            for (var i = 0; i < Rows; i += 7) Assert.Equal(Incompressible(i, 1000), host.Get(StoreHost.Key($"row/{i:d6}"))!.Value.Value);
            Assert.Equal(Rows, host.ScanAll(StoreHost.Key("row/")).Count);
            var missed = RocksDb(host).Statistics.BlockingReads;
            Assert.InRange(missed, 10, Rows);
            // Preconditions and counters read on the commit path; each once cold.
            for (var i = 0; i < Rows; i += 97)
            {
                var outcome = host.Commit(commit =>
                {
                    commit.RequireExists(StoreHost.Key($"row/{i:d6}"));
                    commit.Add(StoreHost.Key("n"), 0, 1);
                });
                Assert.True(outcome.Committed);
            }
            Assert.Equal([(Rows + 96) / 97], host.GetCounter("n"));
            Assert.InRange(RocksDb(host).Statistics.BlockingCommits, 1, Rows);
        }
    }

    [Fact]
    public void Commits_that_arrive_while_another_reads_from_disk_share_one_write()
    {
        const int Tasks = 16;
        const int Commits = 60;
        const int Rows = 2000;
        using (var host = Open())
        {
            for (var i = 0; i < Rows; i++)
                Assert.True(host.Commit(commit => commit.Put(StoreHost.Key($"row/{i:d6}"), Incompressible(i, 1000))).Committed);
        }
        using (var host = Open(Options with { BlockCacheBytes = 128 << 10 }))
        {
            StoreHost.OnAll(Tasks, number => Work(host, number));
            var tasks = Tasks * StoreHost.ReactorCount;
            var statistics = RocksDb(host).Statistics;
            output.WriteLine(statistics.ToString());
            Assert.Equal(tasks * Commits, statistics.Commits);
            Assert.True(statistics.Batches < statistics.Commits);
            Assert.Equal([tasks * Commits], host.GetCounter("n"));
            Assert.Equal(tasks * Commits * 2, host.ScanAll(StoreHost.Key("new/")).Count);
            // Each found the directory empty and put one name in, so that every second found it full.
            Assert.Equal(tasks * Commits, statistics.Conflicts);
        }

        async ReactorTask<bool> Work(StoreHost host, int number)
        {
            var random = new Random(number);
            for (var i = 0; i < Commits; i++)
            {
                for (var attempt = 0; attempt < 2; attempt++)
                {
                    var outcome = await host.CommitAsync(commit =>
                    {
                        commit.RequireExists(StoreHost.Key($"row/{random.Next(Rows):d6}"));
                        commit.RequireEmpty(StoreHost.Key($"new/{number}/{i}/"));
                        commit.Put(StoreHost.Key($"new/{number}/{i}/a"), "x"u8);
                        commit.Put(StoreHost.Key($"new/{number}/{i}/b"), "y"u8);
                        commit.Add(StoreHost.Key("n"), 0, 1);
                    });
                    Assert.Equal(attempt == 0 ? -1 : 1, outcome.FailedPrecondition);
                }
            }
            return true;
        }
    }

    [Fact]
    public void An_empty_prefix_behind_many_deletes_is_found_empty()
    {
        const int Names = 5000;
        using var host = Open();
        for (var i = 0; i < Names; i++) host.Put($"dir/{i}", "x");
        host.Put("dirt", "x");
        for (var i = 0; i < Names; i++) host.Commit(commit => commit.Delete(StoreHost.Key($"dir/{i}")));
        Assert.True(host.Commit(commit => commit.RequireEmpty(StoreHost.Key("dir/"))).Committed);
        Assert.Empty(host.ScanAll(StoreHost.Key("dir/")));
        Assert.Equal(1, RocksDb(host).Statistics.BlockingCommits);
        Assert.Equal(1, RocksDb(host).Statistics.BlockingReads);
    }

    [Fact]
    public void The_logs_stay_below_16_MiB()
    {
        const long Limit = 16 << 20;
        using var host = Open();
        long largest = 0;
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(host.Commit(commit => commit.Put(StoreHost.Key($"row/{i:d6}"), Incompressible(i, 48_000))).Committed);
            if (i % 10 == 0) largest = Math.Max(largest, Directory.EnumerateFiles(Folder, "*.log").Sum(Length));
        }
        output.WriteLine($"{largest} bytes of logs at most");
        Assert.InRange(largest, 1 << 20, Limit);

        // A log may be removed between the listing and the look at it.
        static long Length(string path)
        {
            try
            {
                return new FileInfo(path).Length;
            }
            catch (FileNotFoundException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public void Concurrent_syncs_share_syncs_of_the_log()
    {
        const int Tasks = 8;
        const int Commits = 200;
        using var host = Open();
        StoreHost.OnAll(Tasks, Work);
        var statistics = RocksDb(host).Statistics;
        output.WriteLine(statistics.ToString());
        Assert.Equal(Tasks * StoreHost.ReactorCount * Commits, statistics.Commits);
        Assert.InRange(statistics.Batches, 1, statistics.Commits);
        Assert.True(statistics.LogSyncs < statistics.Syncs, $"{statistics.LogSyncs} syncs of the log for {statistics.Syncs} calls");
        Assert.Equal(Errno.None, host.Sync());
        var made = RocksDb(host).Statistics.LogSyncs;
        // Nothing new: nothing to do.
        Assert.Equal(Errno.None, host.Sync());
        Assert.Equal(made, RocksDb(host).Statistics.LogSyncs);

        async ReactorTask<bool> Work(int number)
        {
            for (var i = 0; i < Commits; i++)
            {
                using var commit = MetadataCommit.Rent();
                commit.Put(StoreHost.Key($"{number}/{i}"), "x"u8);
                Assert.True((await host.Store.Commit(commit)).Committed);
                if (i % 10 == 0) Assert.Equal(Errno.None, await host.Store.Sync());
            }
            return true;
        }
    }

    private static long Allocated(StoreHost host, Action<StoreHost> operation)
    {
        for (var i = 0; i < 1000; i++) operation(host);
        var windows = new AllocationWindows();
        while (windows.Next())
        {
            for (var i = 0; i < 1000; i++) operation(host);
        }
        return windows.Least;
    }

    private static void GetOnce(StoreHost host)
    {
        using var read = MetadataRead.Rent();
        read.Add(StoreKeys.First);
        read.Add(StoreKeys.Second);
        read.Add(StoreKeys.Absent);
        var task = host.Store.Get(read);
        if (!task.IsCompleted || !read.Found(0) || read.Value(1).Length != 200 || read.Found(2)) throw new InvalidOperationException("The read failed.");
    }

    private static void ScanOnce(StoreHost host)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(StoreKeys.Prefix, default, 50);
        if (!host.Store.Scan(scan).IsCompleted || scan.Count != 50) throw new InvalidOperationException("The scan failed.");
    }

    // In a store that is closed again: the next one has none of them in a cache.
    private void PutRows(int rows)
    {
        using var host = Open();
        for (var i = 0; i < rows; i++)
            Assert.True(host.Commit(commit => commit.Put(StoreHost.Key($"row/{i:d6}"), Incompressible(i, 1000))).Committed);
    }

    private static void CommitOnce(StoreHost host)
    {
        using var commit = MetadataCommit.Rent();
        commit.RequireExists(StoreKeys.First);
        commit.RequireAbsent(StoreKeys.Absent);
        commit.Put(StoreKeys.Second, StoreKeys.Value);
        commit.Add(StoreKeys.Counter, 1, 1);
        var task = host.Store.Commit(commit);
        if (!task.IsCompleted || !task.GetAwaiter().GetResult().Committed) throw new InvalidOperationException("The commit failed.");
    }

    private static class StoreKeys
    {
        public static readonly MetadataKey First = StoreHost.Key("key/001");
        public static readonly MetadataKey Second = StoreHost.Key("key/002");
        public static readonly MetadataKey Absent = StoreHost.Key("absent");
        public static readonly MetadataKey Counter = StoreHost.Key("counter");
        public static readonly MetadataKey Prefix = StoreHost.Key("key/");
        public static readonly byte[] Value = new byte[200];
    }
}
