namespace ByteFuse.MountBench;

/// <summary>Something that is done to a target and measured.</summary>
/// <param name="Run">Does it for about that many seconds, where it is no fixed amount of work.</param>
/// <param name="Targets">Which targets; null for all of the run.</param>
public sealed record Workload(Func<Target, double, IEnumerable<Value>> Run, IReadOnlyList<string>? Targets = null)
{
    public const string StatName = "stat, nothing cached";

    /// <summary>What the figures of a server's time end with.</summary>
    public const string ServerTimeSuffix = ", server CPU per operation";

    public static string LatencyName(FioJob job) => job.Name + ", p50";

    public static string ServerTimeName(FioJob job) => job.Name + ServerTimeSuffix;

    public bool Covers(Target target) => Targets is null || Targets.Contains(target.Name);

    /// <summary>A job of fio on a file of this name.</summary>
    public static Workload OfFio(FioJob job, string file = "fio.data") => new((target, seconds) =>
    {
        var fio = new Fio(Path.Combine(target.MountPoint, file));
        (FioOutcome outcome, double server) = WithServerTime(target, () => fio.Run(job, seconds), outcome => outcome.Operations);
        return
        [
            new Value(job.Name, job.IsRate ? "MiB/s" : "op/s", outcome.PerSecond),
            new Value(LatencyName(job), "us", outcome.MedianMicroseconds),
            .. target.DaemonPid is null ? Array.Empty<Value>() : [new Value(ServerTimeName(job), "us", server)],
        ];
    });

    /// <summary>stat(2) of existing files.</summary>
    public static Workload OfStat() => new((target, seconds) =>
    {
        if (target.Kind.Server != Server.NullLowLevel)
            StatRate.Prepare(target.MountPoint);
        ((long Count, double PerSecond) outcome, double server) =
            WithServerTime(target, () => StatRate.Run(target.MountPoint, seconds), outcome => outcome.Count);
        return [new Value(StatName, "op/s", outcome.PerSecond), new Value(StatName + ServerTimeSuffix, "us", server)];
    });

    /// <summary>A tree of files of that many bytes each.</summary>
    public static Workload OfTree(int bytes) => new((target, _) => Tree.Run(target.MountPoint, bytes));

    /// <summary>Unpacking and compiling zlib.</summary>
    public static Workload OfApplication() => new((target, _) => Application.Run(target.MountPoint));

    // The server's microseconds for each operation of something.
    private static (T Outcome, double Microseconds) WithServerTime<T>(Target target, Func<T> work, Func<T, long> operations)
    {
        if (target.DaemonPid is not int pid)
            return (work(), 0);
        ServerTime before = ServerTime.Of(pid);
        T outcome = work();
        return (outcome, ServerTime.Of(pid).Since(before).TotalMicroseconds / operations(outcome));
    }
}
