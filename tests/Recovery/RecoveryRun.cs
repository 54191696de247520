using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>
/// Loads on a mount, and a daemon that is killed and upgraded meanwhile. Nobody may notice: no error, no wrong byte, nothing lost or
/// done twice, no call that hangs; and afterwards the volume is clean.
/// </summary>
internal sealed class RecoveryRun(SuiteReport report, string store, bool onServer, string options, IReadOnlyList<Disturbance> plan, int seed)
{
    // For the present run of the slowest load, beside all others.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(420);

    // What led to a failure, among some hundred lifes of daemons.
    private const int ShownLines = 60;

    public void Execute(IReadOnlyList<Load> loads)
    {
        using var scratch = new Scratch(store, "recovery-");
        using var server = onServer ? new PostgresCluster() : null;
        using var mount = new MountedVolume(scratch["volume"], scratch["mnt"], options, metadata: server?.Url("recovery"));
        using var stop = new CancellationTokenSource();
        var probe = new StallProbe(Folder(mount.MountPoint, "probe"));
        probe.Start(stop.Token);
        foreach (var load in loads) load.Start(Folder(mount.MountPoint, load.Name), Folder(scratch["native"], load.Name), stop.Token);
        var disturber = new Disturber(mount, server, probe, new Random(seed));
        Disturb(disturber, loads, probe);
        stop.Cancel();
        foreach (var load in loads) Judge(load);
        ShowLogs(mount);
        Judge("probe", probe.End(Patience), probe.Failure);
        Judge("volume is clean afterwards", () =>
        {
            mount.Umount();
            var check = mount.Run("fsck", mount.Url);
            if (!check.Contains("clean")) throw new InvalidOperationException(check);
        });
    }

    private void ShowLogs(MountedVolume mount)
    {
        if (report.Failed == 0) return;
        foreach (var file in Directory.GetFiles(mount.RunDirectory, "*.log*").Append(mount.Store + ".log").Where(File.Exists))
        {
            Console.WriteLine($"{Path.GetFileName(file)}:");
            foreach (var line in File.ReadLines(file).TakeLast(ShownLines)) Console.WriteLine("    " + line);
        }
    }

    private void Disturb(Disturber disturber, IReadOnlyList<Load> loads, StallProbe probe)
    {
        var started = Stopwatch.GetTimestamp();
        var done = 0;
        Judge($"{plan.Count} disturbances", () =>
        {
            foreach (var disturbance in plan)
            {
                if (loads.Any(load => load.Failure is not null) || probe.Failure is not null) throw new InvalidOperationException($"a load failed after {done}");
                disturber.Disturb(disturbance);
                done++;
            }
            disturber.AwaitServed();
        });
        Console.WriteLine($"{done} disturbances in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
        foreach (var disturbance in plan.Distinct().Order()) Console.WriteLine(disturber.Describe(disturbance));
    }

    private void Judge(Load load)
    {
        var ended = load.End(Patience);
        Console.WriteLine($"{load.Name}: {load.Runs} runs");
        Judge(load.Name, ended, load.Failure ?? (load.Runs > 0 ? null : "no run came to its end"));
    }

    private void Judge(string what, bool ended, string? failure)
    {
        if (!ended) report.Fail(what, "a call hangs");
        else if (failure is not null) report.Fail(what, failure);
        else report.Pass(what);
    }

    private void Judge(string what, Action step)
    {
        try
        {
            step();
            report.Pass(what);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or InvalidOperationException)
        {
            report.Fail(what, failure.Message);
        }
    }

    private static string Folder(string parent, string name) => Directory.CreateDirectory(Path.Combine(parent, name)).FullName;
}
