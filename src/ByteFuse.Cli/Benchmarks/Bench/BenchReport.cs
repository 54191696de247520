using System.Diagnostics;

namespace ByteFuse.Cli;

/// <summary>What bench found.</summary>
/// <param name="Started">When it began.</param>
/// <param name="FileSystem">The type of the mount that holds the directory.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Files">Whole files.</param>
/// <param name="Calls">Single calls.</param>
/// <param name="Daemon">What the daemon counted meanwhile; null where the directory is in no ByteFUSE mount, or the caller is not root.</param>
internal sealed record BenchReport(
    DateTimeOffset Started, string FileSystem, BenchOptions Options, IReadOnlyList<BenchFileRate> Files, IReadOnlyList<BenchLatency> Calls,
    BenchDaemonCounts? Daemon);

/// <summary>How fast all threads together were with whole files.</summary>
/// <param name="Item">What was done.</param>
/// <param name="Count">Files of all threads.</param>
/// <param name="Bytes">What was written or read; 0 where only names were looked at.</param>
/// <param name="Seconds">From when the first thread began to when the last was done.</param>
/// <param name="SecondsPerFile">What a file took, as its thread saw it.</param>
internal sealed record BenchFileRate(string Item, long Count, long Bytes, double Seconds, double SecondsPerFile)
{
    public double FilesPerSecond => Count / Seconds;

    public double MebibytesPerSecond => Bytes / Seconds / (1 << 20);
}

/// <summary>How long calls of one kind took, in microseconds.</summary>
internal sealed record BenchLatency(
    string Call, long Count, double MeanMicroseconds, double MedianMicroseconds, double P99Microseconds, double MaximumMicroseconds)
{
    /// <summary>Of the ticks of <see cref="Stopwatch"/> of each call; at least one, and they get sorted.</summary>
    public static BenchLatency Of(string call, long[] ticks)
    {
        Array.Sort(ticks);
        return new BenchLatency(call, ticks.Length, Microseconds(ticks.Average()), At(0.5), At(0.99), At(1));

        // The smallest that so many of the calls did not exceed.
        double At(double fraction) => Microseconds(ticks[(int)Math.Ceiling(fraction * ticks.Length) - 1]);
    }

    private static double Microseconds(double ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 2);
}

/// <summary>What the daemon of the mount counted while the benchmark ran, whoever asked for it.</summary>
internal sealed record BenchDaemonCounts(
    string MountPoint, long Requests, double MeanMicroseconds, IReadOnlyList<BenchDaemonOperation> Operations);

/// <summary>Requests of one operation, and the time from their arrival at the daemon to the answer.</summary>
internal sealed record BenchDaemonOperation(string Name, long Requests, long Errors, double MeanMicroseconds);
