using System.Diagnostics;
using System.Text;
using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Killed processes, power cuts.</summary>
public sealed class CrashTests(ITestOutputHelper output) : RocksDbFixture
{
    [Fact]
    public void A_killed_process_loses_nothing_that_it_acknowledged()
    {
        var seed = StoreHost.Seed(output);
        var random = new Random(seed);
        var acknowledged = Enumerable.Repeat(-1, KilledWriter.Writers).ToArray();
        Open().Dispose();
        for (var round = 0; round < 3; round++)
        {
            var folder = Scratch[$"round{round}"];
            Copy(Folder, folder);
            Array.Fill(acknowledged, -1);
            KillWriter(folder, seed + round, random.Next(500, 3000), acknowledged);
            using var host = Open(folder, Options);
            var total = 0L;
            for (var writer = 0; writer < KilledWriter.Writers; writer++)
            {
                var rows = host.ScanAll(StoreHost.Key($"row/{writer}/"), 1000).Count;
                Assert.True(rows > acknowledged[writer], $"writer {writer}: {rows} rows, {acknowledged[writer]} acknowledged");
                // At most the commit in flight is there unacknowledged, and each commit is there whole.
                Assert.InRange(rows, acknowledged[writer] + 1, acknowledged[writer] + 2);
                Assert.Equal(rows - 1, BitConverter.ToInt32(host.Get(StoreHost.Key($"last/{writer}"))!.Value.Value));
                total += rows;
            }
            Assert.Equal([total], host.GetCounter("count"));
            output.WriteLine($"round {round}: {total} commits");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Logs_cut_at_any_byte_open_as_a_prefix_of_the_commits(bool withCommitLog)
    {
        const int Commits = 300;
        var seed = StoreHost.Seed(output);
        var random = new Random(seed);
        using (var host = Open())
        {
            for (var i = 0; i < Commits; i++)
            {
                Assert.True(host.Commit(commit =>
                {
                    commit.Put(StoreHost.Key($"row/{i:d6}"), Incompressible(i, random.Next(1, 2000)));
                    commit.Delete(StoreHost.Key($"row/{i - 10:d6}"));
                    commit.Add(StoreHost.Key("count"), 0, 1);
                }).Committed);
                // A scan reads the engine: what was committed goes there.
                if (i % 7 == 0) host.ScanAll(StoreHost.Key("none"));
            }
        }
        var log = Directory.EnumerateFiles(Folder, "*.log").MaxBy(path => new FileInfo(path).Length)!;
        var length = new FileInfo(log).Length;
        Assert.True(length > 100_000, $"the log has {length} bytes");
        var cuts = new SortedSet<long> { 0, 1, length - 1, length };
        while (cuts.Count < 30) cuts.Add(random.NextInt64(length));
        var counts = new List<long>();
        foreach (var cut in cuts)
        {
            var folder = Scratch[$"cut{cut}"];
            Copy(Folder, folder);
            using (var file = File.OpenWrite(Path.Combine(folder, Path.GetFileName(log)))) file.SetLength(cut);
            var commits = Path.Combine(folder, CommitLog.FileName);
            if (withCommitLog) LosePages(commits, random);
            else File.Delete(commits);
            counts.Add(OpensAsPrefix(folder));
        }
        output.WriteLine(string.Join(' ', counts));
        if (!withCommitLog) Assert.Equal(counts.Order(), counts);
        Assert.Equal(Commits, counts[^1]);
        Assert.True(counts.Distinct().Count() > 10);
    }

    [Fact]
    public void A_commit_log_is_applied_where_the_engine_ends_and_nowhere_else()
    {
        using (var host = Open())
        {
            host.Put("first", "1");
            Assert.Equal(Errno.None, host.Sync());
            Copy(Folder, Scratch["first"]);
            host.Put("second", "2");
            Assert.Equal(Errno.None, host.Sync());
            host.Put("third", "3");
            Copy(Folder, Scratch["third"]);
        }
        // A killed process: the engine has two commits, the log has the third.
        using (var host = Open(Scratch["third"], Options)) Assert.Equal("3", host.GetText("third"));
        // A power cut took the second commit from the engine and its half from the log: the third is not to be there alone.
        LoseOlderHalf(Path.Combine(Folder, CommitLog.FileName), Path.Combine(Scratch["first"], CommitLog.FileName));
        using (var host = Open(Scratch["first"], Options))
        {
            Assert.Equal("1", host.GetText("first"));
            Assert.Null(host.GetText("third"));
            Assert.Null(host.GetText("second"));
        }
    }

    private static void LoseOlderHalf(string source, string target)
    {
        var bytes = File.ReadAllBytes(source);
        var numbers = Enumerable.Range(0, 2).Select(half => BitConverter.ToUInt32(bytes, (half * CommitLog.HalfBytes) + 8)).ToArray();
        bytes.AsSpan(numbers[0] < numbers[1] ? 0 : CommitLog.HalfBytes, 4096).Clear();
        File.WriteAllBytes(target, bytes);
    }

    private static long OpensAsPrefix(string folder)
    {
        using var host = Open(folder, new RocksDbOptions { ReserveBytes = 0, CreateIfMissing = true });
        var count = host.GetCounter("count") is [var n] ? n : 0;
        var expected = Enumerable.Range(0, (int)count).Skip(Math.Max(0, (int)count - 10)).Select(i => $"row/{i:d6}");
        var rows = host.ScanAll(StoreHost.Key("row/"));
        Assert.Equal(expected, rows.Select(row => Encoding.UTF8.GetString(row.Key)));
        // It goes on from there, and a version given out before the cut is not given again.
        host.Put("after", "x");
        Assert.True(host.Get(StoreHost.Key("after"))!.Value.Version > 2UL << EngineRecord.CountBits);
        return count;
    }

    // Some pages as they were written, some never: the kernel writes them back in any order.
    private static void LosePages(string path, Random random)
    {
        using var file = File.OpenWrite(path);
        for (var i = random.Next(3); i > 0; i--)
        {
            file.Position = random.NextInt64(file.Length / 16 / 4096) * 4096 + (random.Next(2) * CommitLog.HalfBytes);
            file.Write(new byte[4096]);
        }
    }

    [Fact]
    public void Versions_grow_over_reopening()
    {
        var version = 0UL;
        for (var i = 0; i < 4; i++)
        {
            using var host = Open();
            Assert.True(host.Store.CommittedSequence > version);
            Assert.Equal(host.Store.CommittedSequence, host.Store.DurableSequence);
            if (i > 0) Assert.Equal($"{i - 1}", host.GetText("a"));
            host.Put("a", $"{i}");
            version = host.Get(StoreHost.Key("a"))!.Value.Version;
        }
    }

    private static void KillWriter(string folder, int seed, int lines, int[] acknowledged)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var argument in new[] { "writer", folder, $"{seed}" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        for (var i = 0; process.StandardOutput.ReadLine() is { } line; i++)
        {
            var parts = line.Split(' ');
            acknowledged[int.Parse(parts[0])] = int.Parse(parts[1]);
            // On a busy machine others get that far before the last of them has begun.
            if (i >= lines && !acknowledged.Contains(-1)) process.Kill();
        }
        process.WaitForExit();
        Assert.Equal(128 + 9, process.ExitCode);
    }
}
