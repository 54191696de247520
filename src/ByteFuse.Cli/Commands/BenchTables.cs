using System.Globalization;
using ByteFuse.Daemon;
using ByteFuse.Linux;
using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>What bench found, for people: the rows of juicefs bench, then latencies, then what the daemon counted.</summary>
internal static class BenchTables
{
    public static void Print(BenchReport report)
    {
        var options = report.Options;
        Console.Out.WriteLine($"{options.Directory} ({report.FileSystem})");
        Console.Out.WriteLine(
            $"BlockSize: {ByteCount.Format(options.BlockSize)}, BigFileSize: {ByteCount.Format(options.BigFileSize)}, "
            + $"SmallFileSize: {ByteCount.Format(options.SmallFileSize)}, SmallFileCount: {options.SmallFileCount}, "
            + $"Calls: {options.Calls}, NumThreads: {options.Threads}");
        Console.Out.WriteLine(options.DropCaches
            ? "Reads, opens and stats: the kernel's caches were dropped before each kind of them; servers and daemons may have caches of their own"
            : "Reads, opens and stats: what the kernel still had in memory of what was just written came from there (--drop-caches drops it)");
        Console.Out.WriteLine(options.Sync
            ? "Writes: until fsync(2) had returned"
            : "Writes: until close(2) had returned; they may still be in memory only (--fsync waits for the disk)");
        if (report.Files.Count > 0) Terminal.Output.Write(Files(report.Files));
        if (report.Calls.Count > 0)
        {
            Terminal.Output.Write(Calls(report.Calls));
            var names = Math.Min(BenchCalls.NamesPerDirectory, options.Calls);
            Console.Out.WriteLine($"fsync: of 4 KiB just written. readdir: open, read to the end and close a directory of {names} names");
        }
        if (report.Daemon is { } daemon)
        {
            Terminal.Output.Write(Daemon(daemon));
            Console.Out.WriteLine($"FUSE operations: what the daemon of {daemon.MountPoint} served meanwhile, whoever asked for it");
        }
        else if (report.FileSystem == MountTable.DefaultType && ProcessCalls.EffectiveUserId != 0)
            Console.Out.WriteLine("What the daemon counted is for root alone to see");
    }

    private static Table Files(IReadOnlyList<BenchFileRate> rates)
    {
        var table = Numbers("Item", "Value", "Cost");
        foreach (var rate in rates)
        {
            // One file per thread is the big one.
            var big = rate.Item.EndsWith("big file", StringComparison.Ordinal);
            table.AddRow(
                rate.Item,
                big ? $"{Number(rate.MebibytesPerSecond)} MiB/s" : $"{Number(rate.FilesPerSecond)} files/s",
                big ? $"{Cost(rate.SecondsPerFile)} s/file" : $"{Cost(rate.SecondsPerFile * 1000)} ms/file");
        }
        return table;
    }

    private static Table Calls(IReadOnlyList<BenchLatency> calls)
    {
        var table = Numbers("Call", "count", "mean us", "p50 us", "p99 us", "max us");
        foreach (var call in calls)
        {
            table.AddRow(
                call.Call, Count(call.Count), Number(call.MeanMicroseconds), Number(call.MedianMicroseconds), Number(call.P99Microseconds),
                Number(call.MaximumMicroseconds));
        }
        return table;
    }

    private static Table Daemon(BenchDaemonCounts daemon)
    {
        var table = Numbers("FUSE operation", "requests", "errors", "mean us");
        foreach (var operation in daemon.Operations)
            table.AddRow(operation.Name, Count(operation.Requests), Count(operation.Errors), Number(operation.MeanMicroseconds));
        table.AddRow("all", Count(daemon.Requests), Count(daemon.Operations.Sum(operation => operation.Errors)), Number(daemon.MeanMicroseconds));
        return table;
    }

    private static Table Numbers(string first, params ReadOnlySpan<string> others)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn(first);
        foreach (var name in others) table.AddColumn(new TableColumn(name).RightAligned());
        return table;
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("N2", CultureInfo.InvariantCulture);

    private static string Cost(double number) => number.ToString("N3", CultureInfo.InvariantCulture);
}
