using System.Diagnostics;
using System.Text;
using ByteFuse.Testing;

namespace ByteFuse.Keeping.Tests;

/// <summary>A volume, or some, on a daemon of their own below a keeper, which runs in this process.</summary>
internal sealed class KeptVolume : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null, "bytefuse-keeper-");
    private readonly Process keeper;
    private readonly StringBuilder log = new();

    public KeptVolume(int volumes = 1, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.ArgumentList.Add("keeper");
        start.ArgumentList.Add(scratch["started"]);
        start.ArgumentList.Add(scratch["serving"]);
        for (var i = 0; i < volumes; i++)
        {
            Urls.Add(VolumeUrl.Parse("file://" + scratch[$"volume{i}"]));
            VolumeFormatter.Format(Urls[i], force: false);
            Paths.Add(Directory.CreateDirectory(scratch[$"mount{i}"]).FullName);
            start.ArgumentList.Add(Urls[i].ToString());
            start.ArgumentList.Add(Paths[i]);
        }
        keeper = Process.Start(start)!;
        keeper.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.AppendLine(line.Data);
        };
        keeper.BeginErrorReadLine();
        Assert.True(SpinWait.SpinUntil(() => Paths.All(IsMounted), Patience), $"the volumes were not mounted: {Log}");
    }

    /// <summary>The volumes.</summary>
    public List<VolumeUrl> Urls { get; } = [];

    /// <summary>Where they are mounted.</summary>
    public List<string> Paths { get; } = [];

    /// <summary>What keeper and daemons said.</summary>
    public string Log
    {
        get
        {
            lock (log) return log.ToString();
        }
    }

    /// <summary>The daemons so far.</summary>
    public int[] Daemons => [.. File.ReadAllLines(scratch["started"]).Select(int.Parse)];

    public static void Require() =>
        Assert.SkipUnless(ProcessCalls.EffectiveUserId == 0 && File.Exists("/dev/fuse"), "mounting needs root and /dev/fuse");

    /// <summary>Waits until the latest daemon serves.</summary>
    public void AwaitServing() => Assert.True(
        SpinWait.SpinUntil(() => File.Exists(scratch["serving"]) && File.ReadAllLines(scratch["serving"]).LastOrDefault() == $"{Daemons[^1]}", Patience),
        $"no daemon serves: {Log}");

    /// <summary>Kills the daemon; false where none was running.</summary>
    public bool Kill() => ProcessCalls.Kill(Daemons[^1], ProcessCalls.SignalKill).Succeeded;

    /// <summary>Has the daemon die of a signal, or of what SIGHUP stands for, and waits until its successor serves.</summary>
    public void HandOver(int signal = ProcessCalls.SignalHangUp)
    {
        AwaitServing();
        var before = Daemons.Length;
        ProcessCalls.Kill(Daemons[^1], signal);
        Assert.True(SpinWait.SpinUntil(() => Daemons.Length > before, Patience), $"there is no successor: {Log}");
        AwaitServing();
    }

    /// <summary>Unmounts, ends daemon and keeper, and checks every volume; what is wrong with them.</summary>
    public List<string> End()
    {
        Stop();
        var code = AwaitEnd();
        Assert.True(code == 0, $"the keeper ended with {code}: {Log}");
        var problems = new List<string>();
        foreach (var url in Urls)
        {
            var report = VolumeChecker.Check(url, repair: false, _ => { }, problems.Add);
            problems.AddRange(report.Problems.Select(problem => $"{problem}"));
        }
        return problems;
    }

    /// <summary>Waits for the end of the keeper; its exit code.</summary>
    public int AwaitEnd()
    {
        Assert.True(keeper.WaitForExit(Patience), $"the keeper does not end: {Log}");
        return keeper.ExitCode;
    }

    public void Dispose()
    {
        Stop();
        if (!keeper.HasExited) keeper.Kill(entireProcessTree: true);
        foreach (var path in Paths) Sys.Umount2(path, Abi.MNT_DETACH);
        keeper.Dispose();
        scratch.Dispose();
    }

    private void Stop()
    {
        if (!keeper.HasExited) ProcessCalls.Kill(keeper.Id, ProcessCalls.SignalTerminate);
        keeper.WaitForExit(Patience);
    }

    private static bool IsMounted(string path) => File.ReadAllText("/proc/self/mounts").Contains($" {path} fuse.");
}
