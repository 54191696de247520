using System.CommandLine;
using ByteFuse.Daemon;
using ByteFuse.Linux;
using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>bytefuse bench.</summary>
internal static class BenchCommand
{
    private const int MinimumBlock = 4 << 10;
    private const int MaximumBlock = 64 << 20;
    private const int MaximumThreads = 256;

    // Each has a path of some 100 bytes, made before the clock starts, and a call has three.
    private const int MaximumItems = 1_000_000;

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A directory of the file system to measure." };
        var block = Size("--block-size", "MiB in each read or write of a file", 1 << 20);
        var big = Size("--big-file-size", "MiB of the big file of each thread; 0 to skip it", 1 << 30);
        var small = Size("--small-file-size", "KiB of each small file", 128 << 10);
        var count = Number("--small-file-count", "Small files of each thread; 0 to skip them.", 100);
        var calls = Number("--calls", "Calls of each kind whose latency each thread measures; 0 to skip them.", 1000);
        var threads = Number("--threads", "Threads that work at once.", 1);
        threads.Aliases.Add("-p");
        var sync = new Option<bool>("--fsync") { Description = "Make each file durable before it counts as written." };
        var drop = new Option<bool>("--drop-caches", "--drop-os-cache")
        {
            Description = "Drop the kernel's caches before whatever reads: those of the whole machine; root only.",
        };
        var json = CommonOptions.Json();
        var command = new Command("bench", "Measure any file system: a big file, small files, and the latency of single calls.")
        {
            directory, block, big, small, count, calls, threads, sync, drop, json,
        };
        command.SetAction(parsed =>
        {
            var options = new BenchOptions
            {
                Directory = Existing(parsed.GetRequiredValue(directory)),
                BlockSize = (int)Bytes(parsed, block, 1 << 20, MinimumBlock, MaximumBlock),
                BigFileSize = Bytes(parsed, big, 1 << 20, 0, 1L << 40),
                SmallFileSize = Bytes(parsed, small, 1 << 10, 0, 1 << 30),
                SmallFileCount = Number(parsed, count, 0, MaximumItems),
                Calls = Number(parsed, calls, 0, MaximumItems),
                Threads = Number(parsed, threads, 1, MaximumThreads),
                Sync = parsed.GetValue(sync),
                DropCaches = parsed.GetValue(drop),
            };
            return Run(Checked(options), parsed.GetValue(json));
        });
        return command;
    }

    private static Option<string> Size(string name, string what, long bytes) =>
        new(name)
        {
            Description = what + ", or a number with K, M or G.",
            HelpName = "SIZE",
            DefaultValueFactory = _ => ByteCount.Format(bytes),
        };

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static long Bytes(ParseResult parsed, Option<string> option, long unit, long minimum, long maximum)
    {
        var text = parsed.GetRequiredValue(option);
        if (ByteCount.TryParse(text, unit, out var bytes) && bytes >= minimum && bytes <= maximum) return bytes;
        throw new Refusal(ExitCode.Usage, $"{option.Name} {text}: a size from {ByteCount.Format(minimum)} to {ByteCount.Format(maximum)} is needed");
    }

    private static int Number(ParseResult parsed, Option<int> option, int minimum, int maximum)
    {
        var number = parsed.GetValue(option);
        if (number >= minimum && number <= maximum) return number;
        throw new Refusal(ExitCode.Usage, $"{option.Name} {number}: a number from {minimum} to {maximum} is needed");
    }

    private static string Existing(string directory)
    {
        if (directory.Length == 0) throw new Refusal(ExitCode.Usage, "DIR is an empty path");
        var error = FileCalls.GetStatus(directory, out var status);
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"{directory}: {error.Describe()}");
        if (!status.IsDirectory) throw new Refusal(ExitCode.Failure, $"{directory} is not a directory");
        return MountPointCheck.Canonical(directory);
    }

    private static BenchOptions Checked(BenchOptions options)
    {
        if (options.BigFileSize == 0 && options.SmallFileCount == 0 && options.Calls == 0)
            throw new Refusal(ExitCode.Usage, "nothing is left to measure");
        if ((long)options.Threads * Math.Max(options.SmallFileCount, options.Calls) > MaximumItems)
            throw new Refusal(ExitCode.Usage, $"more than {MaximumItems} files or calls of a kind in all threads");
        if ((long)options.Threads * options.BlockSize > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2)
            throw new Refusal(ExitCode.Usage, "a block for each thread takes more than half of the memory");
        var drive = new DriveInfo(options.Directory);
        // Some file systems do not tell.
        if (drive.TotalSize > 0 && options.Space > drive.AvailableFreeSpace)
        {
            throw new Refusal(
                ExitCode.Failure,
                $"{options.Directory} has {drive.AvailableFreeSpace >> 20} MiB free, and {(options.Space >> 20) + 1} MiB are needed");
        }
        return options;
    }

    private static int Run(BenchOptions options, bool json)
    {
        using var stop = new CancellationTokenSource();
        using var interruption = new Interruption(stop);
        BenchReport report;
        try
        {
            var quiet = json || Console.IsOutputRedirected;
            report = quiet ? Benchmark.Run(options, stop, (_, _) => { }) : RunWithProgress(options, stop);
        }
        catch (OperationCanceledException)
        {
            throw new Refusal(ExitCode.Failure, "interrupted; all that it made is removed");
        }
        if (json) CliJson.Print(report, CliJson.Default.BenchReport);
        else BenchTables.Print(report);
        return (int)ExitCode.Success;
    }

    private static BenchReport RunWithProgress(BenchOptions options, CancellationTokenSource stop) =>
        Terminal.Output.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask? task = null;
                return Benchmark.Run(options, stop, (step, fraction) =>
                {
                    if (task?.Description != step) task = context.AddTask(step, maxValue: 1);
                    task.Value = fraction;
                });
            });
}
