using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.GrowthBench;

/// <summary>
/// How long an application waits at most while the daemon of a volume is killed, or upgraded: a call takes as long as it takes until
/// the next daemon answers it. The volume is one that `load` made.
/// </summary>
public sealed class StallBench : IDisposable
{
    /// <summary>Longer than what stands by needs to get ready.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    private readonly MountedVolume _mount;
    private readonly Thread _load;
    private volatile bool _stop;
    private long _longest;

    private StallBench(string directory)
    {
        _mount = new MountedVolume(directory, directory + ".mount", "transport=classic,passthrough=off", format: false);
        _load = new Thread(Load);
        _load.Start();
    }

    /// <summary>Kills and upgrades so often, and prints the longest call around each.</summary>
    public static void Run(string directory, int rounds, TextWriter output)
    {
        using var bench = new StallBench(directory);
        output.WriteLine("longest call, ms");
        for (int i = 0; i < rounds; i++)
            output.WriteLine($"kill -9   {bench.Measure(bench.Kill):f0}");
        for (int i = 0; i < rounds; i++)
            output.WriteLine($"upgrade   {bench.Measure(() => bench._mount.Run("upgrade")):f0}");
        output.WriteLine("what the daemons say:");
        foreach (string line in File.ReadLines(bench.KeeperLog).Where(line => line.Contains(" INFO ")))
            output.WriteLine(line);
    }

    public void Dispose()
    {
        _stop = true;
        _load.Join();
        _mount.Dispose();
    }

    private string KeeperLog
    {
        get
        {
            using JsonDocument status = JsonDocument.Parse(_mount.Run("status", "--json"));
            return Path.Combine(status.RootElement.GetProperty("daemon").GetProperty("runDirectory").GetString()!, "keeper.log");
        }
    }

    private double Measure(Action event_)
    {
        Thread.Sleep(Pause);
        Volatile.Write(ref _longest, 0);
        event_();
        Thread.Sleep(Pause);
        return Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longest)).TotalMilliseconds;
    }

    private void Kill()
    {
        int daemon = _mount.DaemonPid;
        Sys.Kill(daemon, Abi.SIGKILL);
    }

    // Names all over the volume, most of which no daemon has in memory, and one that is made and removed.
    private void Load()
    {
        var random = new Random(1);
        for (long i = 0; !_stop; i++)
        {
            string made = Path.Combine(_mount.MountPoint, string.Create(CultureInfo.InvariantCulture, $"made{i}"));
            Call(() => Sys.Mkdir(made));
            Call(() => Sys.Rmdir(made));
            string absent = Path.Combine(_mount.MountPoint, LoadedTree.GroupName(0), LoadedTree.FolderName(random.Next(LoadedTree.FoldersPerGroup)), $"absent{i}");
            Call(() => Sys.Access(absent, 0) is var result && result == -Abi.ENOENT ? 0 : result);
            Thread.Sleep(1);
        }
    }

    private void Call(Func<long> call)
    {
        long start = Stopwatch.GetTimestamp();
        Timing.Check(call());
        long took = Stopwatch.GetTimestamp() - start;
        if (took > Volatile.Read(ref _longest))
            Volatile.Write(ref _longest, took);
    }
}
