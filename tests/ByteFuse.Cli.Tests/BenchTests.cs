using System.Diagnostics;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>bytefuse bench does what it says, on any directory, and leaves nothing behind.</summary>
public sealed class BenchTests : CommandTest
{
    private static readonly string[] Items = ["Write big file", "Read big file", "Write small file", "Read small file", "Stat file"];

    private static readonly string[] Calls =
        ["mkdir", "create", "open", "write 4 KiB", "fsync", "read 4 KiB", "stat", "readdir", "rename", "unlink"];

    [Theory]
    [InlineData("--threads 1", 1, false)]
    [InlineData("-p 3 --fsync", 3, true)]
    public void Every_row_is_there_and_counts_what_was_asked_for(string more, int threads, bool sync)
    {
        using var report = Bench(Folder, $"--block-size 16K --big-file-size 100K --small-file-size 5 --small-file-count 7 --calls 120 {more}");
        var options = report.RootElement.GetProperty("options");
        Assert.Equal(16 << 10, options.GetProperty("blockSize").GetInt32());
        Assert.Equal(100 << 10, options.GetProperty("bigFileSize").GetInt64());
        Assert.Equal(5 << 10, options.GetProperty("smallFileSize").GetInt64());
        Assert.Equal(threads, options.GetProperty("threads").GetInt32());
        Assert.Equal(sync, options.GetProperty("sync").GetBoolean());
        Assert.False(options.GetProperty("dropCaches").GetBoolean());
        var files = report.RootElement.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(Items, files.Select(row => row.GetProperty("item").GetString()));
        long[] counts = [threads, threads, 7 * threads, 7 * threads, 7 * threads];
        long[] bytes = [threads * (100 << 10), threads * (100 << 10), 7 * threads * (5 << 10), 7 * threads * (5 << 10), 0];
        Assert.Equal(counts, files.Select(row => row.GetProperty("count").GetInt64()));
        Assert.Equal(bytes, files.Select(row => row.GetProperty("bytes").GetInt64()));
        Assert.All(files, row =>
        {
            var seconds = row.GetProperty("seconds").GetDouble();
            Assert.True(seconds > 0);
            Assert.Equal(row.GetProperty("count").GetInt64() / seconds, row.GetProperty("filesPerSecond").GetDouble(), 1e-3);
            Assert.Equal(row.GetProperty("bytes").GetInt64() / seconds / (1 << 20), row.GetProperty("mebibytesPerSecond").GetDouble(), 1e-3);
            Assert.Equal(seconds * threads / row.GetProperty("count").GetInt64(), row.GetProperty("secondsPerFile").GetDouble(), 1e-9);
        });
        AssertLatencies(report, 120 * threads);
        Assert.Equal(JsonValueKind.Null, report.RootElement.GetProperty("daemon").ValueKind);
        Assert.Equal([MountPoint], Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void On_a_mount_the_daemons_counts_are_shown()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", "passthrough=off");
        // The warm-up is not counted, nor is the removal of the folder.
        using (var report = Bench(MountPoint, "--big-file-size 1 --small-file-count 3 --small-file-size 8K --calls 20 --threads 2 --fsync"))
        {
            Assert.Equal("fuse.bytefuse", report.RootElement.GetProperty("fileSystem").GetString());
            AssertLatencies(report, 40);
            var daemon = report.RootElement.GetProperty("daemon");
            Assert.Equal(MountPoint, daemon.GetProperty("mountPoint").GetString());
            var operations = daemon.GetProperty("operations").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);
            long Requests(string name) => operations[name].GetProperty("requests").GetInt64();
            // run/, a folder for each thread, and the calls.
            Assert.Equal(1 + 2 + 40, Requests("mkdir"));
            Assert.Equal(40, Requests("unlink"));
            // The calls, and each big and small file.
            Assert.Equal(40 + 2 * (1 + 3), Requests("fsync"));
            Assert.Equal(40, operations.Where(row => row.Key.StartsWith("rename", StringComparison.Ordinal)).Sum(row => Requests(row.Key)));
            // Big file, small files, the file of the single calls, and those that create makes.
            Assert.Equal(2 * (1 + 3 + 1 + 20), Requests("create"));
            Assert.Equal(daemon.GetProperty("requests").GetInt64(), operations.Values.Sum(row => row.GetProperty("requests").GetInt64()));
            Assert.All(operations.Values, row => Assert.True(row.GetProperty("meanMicroseconds").GetDouble() >= 0));
        }
        Assert.Empty(Directory.GetFileSystemEntries(MountPoint));
        var output = Succeed("bench", MountPoint, "--big-file-size", "0", "--small-file-count", "0", "--calls", "5");
        Assert.Matches("\n +create +│ +5 │", output);
        Assert.Matches("\n +mkdir +│ +7 │", output);
        Assert.Contains($"what the daemon of {MountPoint} served", output);
        Assert.Empty(Directory.GetFileSystemEntries(MountPoint));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Without_a_terminal_there_is_nothing_but_the_tables()
    {
        var result = Run("bench", Folder, "--big-file-size", "1", "--small-file-count", "2", "--calls", "3");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith($"{Folder} (", result.Output);
        Assert.Contains("BlockSize: 1M, BigFileSize: 1M, SmallFileSize: 128K, SmallFileCount: 2, Calls: 3, NumThreads: 1\n", result.Output);
        Assert.Matches(@"\n +Write big file +│ +[0-9.,]+ MiB/s │ +[0-9.]+ s/file ", result.Output);
        Assert.Matches(@"\n +Stat file +│ +[0-9.,]+ files/s │ +[0-9.]+ ms/file ", result.Output);
        Assert.All(Calls, call => Assert.Matches($@"\n +{call} +│ +3 │ +[0-9.,]+ │ +[0-9.,]+ │ +[0-9.,]+ │ +[0-9.,]+ ", result.Output));
        Assert.Contains("came from there (--drop-caches drops it)", result.Output);
        Assert.DoesNotContain("%", result.Output);
        Assert.DoesNotContain("\u001b", result.Output);
        Assert.DoesNotContain("FUSE operation", result.Output);
    }

    [Fact]
    public void What_is_skipped_has_no_row()
    {
        using var report = Bench(Folder, "--big-file-size 0 --calls 0 --small-file-count 1 --small-file-size 0");
        Assert.Equal(Items[2..], report.RootElement.GetProperty("files").EnumerateArray().Select(row => row.GetProperty("item").GetString()));
        Assert.Equal(0, report.RootElement.GetProperty("calls").GetArrayLength());
    }

    [Theory]
    [InlineData("--block-size 1K: ", "--block-size", "1K")]
    [InlineData("--block-size 65: ", "--block-size", "65")]
    [InlineData("--big-file-size lots: ", "--big-file-size", "lots")]
    [InlineData("from 0 to 1024G", "--big-file-size", "1025G")]
    [InlineData("--small-file-size -1", "--small-file-size", "-1")]
    [InlineData("--small-file-count -1: ", "--small-file-count", "-1")]
    [InlineData("--calls 1000001: ", "--calls", "1000001")]
    [InlineData("--threads 0: ", "--threads", "0")]
    [InlineData("--threads 257: ", "-p", "257")]
    [InlineData("more than 1000000 files", "-p", "256", "--calls", "4000")]
    [InlineData("nothing is left to measure", "--calls", "0", "--big-file-size", "0", "--small-file-count", "0")]
    public void Options_out_of_range_are_usage(string saying, params string[] options)
    {
        Refused(2, saying, ["bench", Folder, .. options]);
        Assert.Equal([MountPoint], Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void A_directory_that_cannot_be_used_is_named()
    {
        Refused(2, "is an empty path", "bench", "");
        Refused(1, "no such file or directory", "bench", Path.Combine(Folder, "nowhere"));
        var file = Path.Combine(Folder, "file");
        File.WriteAllText(file, "");
        Refused(1, "file is not a directory", "bench", file);
        Refused(1, "no such file or directory", "bench", "/proc", "--big-file-size", "0");
    }

    [Fact]
    public void Who_is_not_root_cannot_drop_caches_nor_write_everywhere()
    {
        var command = Environment.GetEnvironmentVariable("BYTEFUSE");
        Assert.SkipWhen(string.IsNullOrEmpty(command), "BYTEFUSE does not name the built command");
        string[] nobody = ["--reuid", "65534", "--clear-groups", command!, "bench", Folder, "--big-file-size", "0"];
        var refused = Command.Run("setpriv", nobody);
        Assert.Equal(1, refused.ExitCode);
        Assert.Matches("^bytefuse: .*/bytefuse-bench[.][0-9a-f.]+: permission denied\n$", refused.Error);
        refused = Command.Run("setpriv", [.. nobody, "--drop-caches"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("bytefuse: caches cannot be dropped, which only root may: /proc/sys/vm/drop_caches: permission denied\n", refused.Error);
        Assert.Equal([MountPoint], Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void A_file_system_without_room_or_for_reading_alone_is_refused_and_a_full_one_is_left_empty()
    {
        Command.Check("mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=40", "none", MountPoint);
        try
        {
            Refused(1, "has 8 MiB free, and 41 MiB are needed", "bench", MountPoint, "--big-file-size", "20");
            // Room for bytes, but not for so many files.
            Refused(1, "no space left on device", "bench", MountPoint, "--big-file-size", "1", "--small-file-count", "0", "--calls", "100");
            Assert.Empty(Directory.GetFileSystemEntries(MountPoint));
            Command.Check("mount", "-o", "remount,ro", MountPoint);
            Refused(1, "read-only file system", "bench", MountPoint, "--big-file-size", "0", "--small-file-count", "0", "--calls", "10");
        }
        finally
        {
            Command.Check("umount", MountPoint);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public void A_signal_ends_it_and_leaves_nothing_behind(int signal)
    {
        var command = Environment.GetEnvironmentVariable("BYTEFUSE");
        Assert.SkipWhen(string.IsNullOrEmpty(command), "BYTEFUSE does not name the built command");
        var start = new ProcessStartInfo(command!, ["bench", Folder, "--big-file-size", "0", "--small-file-count", "0", "--calls", "500000"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var bench = Process.Start(start)!;
        bool IsAtWork(string folder) => Directory.Exists(folder + "/run/0/dir.100");
        Eventually(() => Directory.EnumerateDirectories(Folder, "bytefuse-bench.*").Any(IsAtWork), "it is at work");
        Assert.Equal(0, Sys.Kill(bench.Id, signal));
        Assert.True(bench.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Equal(1, bench.ExitCode);
        Assert.Equal("bytefuse: interrupted; all that it made is removed\n", bench.StandardError.ReadToEnd());
        Assert.Equal("", bench.StandardOutput.ReadToEnd());
        Assert.Equal([MountPoint], Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void Help_has_examples_and_bash_completes_it()
    {
        var help = Succeed("bench", "--help");
        Assert.Contains("Examples:\n  bytefuse bench /mnt/volume\n", help);
        Assert.Contains("[default: 128K]", help);
        var script = Path.Combine(Folder, "completion");
        File.WriteAllText(script, Succeed("completion", "bash"));
        string Complete(params string[] words)
        {
            var line = $"COMP_WORDS=(bytefuse {string.Join(' ', words)}); COMP_CWORD={words.Length}";
            return Command.Check("bash", "-c", $"source {script}; {line}; _bytefuse; echo ${{COMPREPLY[@]}}");
        }

        Assert.Equal("bench\n", Complete("be"));
        Assert.Equal("--drop-caches\n", Complete("bench", "--dr"));
    }

    private static JsonDocument Bench(string directory, string options) =>
        JsonDocument.Parse(Succeed(["bench", directory, "--json", .. options.Split(' ')]));

    private static void AssertLatencies(JsonDocument report, long count)
    {
        var rows = report.RootElement.GetProperty("calls").EnumerateArray().ToList();
        Assert.Equal(Calls, rows.Select(row => row.GetProperty("call").GetString()));
        Assert.All(rows, row =>
        {
            Assert.Equal(count, row.GetProperty("count").GetInt64());
            var median = row.GetProperty("medianMicroseconds").GetDouble();
            var p99 = row.GetProperty("p99Microseconds").GetDouble();
            var maximum = row.GetProperty("maximumMicroseconds").GetDouble();
            Assert.True(median > 0);
            Assert.InRange(p99, median, maximum);
            Assert.InRange(row.GetProperty("meanMicroseconds").GetDouble(), 0, maximum);
        });
    }
}
