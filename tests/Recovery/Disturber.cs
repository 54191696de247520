using System.Diagnostics;
using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>Kills and upgrades the daemon of a mount, and kills the server of its metadata if there is one.</summary>
internal sealed class Disturber(MountedVolume mount, PostgresCluster? server, StallProbe probe, Random random)
{
    // Longer than any daemon needs to come up on a machine that is busy with all the loads.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<Disturbance, List<TimeSpan>> stalls = [];

    /// <summary>Disturbs once, and mostly waits until the mount is served again.</summary>
    public void Disturb(Disturbance disturbance)
    {
        Thread.Sleep(random.Next(0, 300));
        probe.TakeLongest();
        switch (disturbance)
        {
            case Disturbance.Kill: Kill(); break;
            case Disturbance.Upgrade: Upgrade(); break;
            case Disturbance.ServerKill: KillServer(); break;
            default: CrashUpgrade(); break;
        }
        // Now and then the next one comes while a daemon takes over.
        if (random.Next(4) == 0) return;
        AwaitServed();
        if (!stalls.TryGetValue(disturbance, out var seen)) stalls[disturbance] = seen = [];
        seen.Add(probe.TakeLongest());
    }

    /// <summary>Waits until the mount answers.</summary>
    public void AwaitServed()
    {
        // The kernel keeps no answer to STATFS.
        var asking = Task.Run(() => Sys.Statfs(mount.MountPoint, out _));
        if (!asking.Wait(Patience)) throw new TimeoutException($"the mount does not answer within {Patience.TotalSeconds} s");
        if (asking.Result < 0) throw new InvalidOperationException($"statfs: {Abi.ErrnoName(asking.Result)}");
    }

    /// <summary>A line on how long applications stood still.</summary>
    public string Describe(Disturbance disturbance)
    {
        if (!stalls.TryGetValue(disturbance, out var seen) || seen.Count == 0) return $"{disturbance}: none was measured";
        var sorted = seen.Select(stall => stall.TotalMilliseconds).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{disturbance}: stall of a call, median {sorted[sorted.Count / 2]:F0} ms, longest {sorted[^1]:F0} ms");
    }

    private void Kill()
    {
        // Between two daemons there is none.
        var started = Stopwatch.GetTimestamp();
        while (!TryKill())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException("there is no daemon");
            Thread.Sleep(1);
        }
    }

    private void KillServer()
    {
        server!.Kill();
        Thread.Sleep(random.Next(0, 500));
        server.Start();
    }

    private bool TryKill() => mount.RunningDaemon is { } pid && Sys.Kill(pid, Abi.SIGKILL) == 0;

    // Its control socket comes after the mounts.
    private void AwaitControl()
    {
        AwaitServed();
        var started = Stopwatch.GetTimestamp();
        // It succeeds without a daemon that answers, too, and then names none.
        while (mount.TryRun("status") is var status && !(status.ExitCode == 0 && status.Output.Contains("daemon: pid", StringComparison.Ordinal)))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"no daemon answers: {status.Output}{status.Error}");
        }
    }

    private void Upgrade()
    {
        AwaitControl();
        mount.Run("upgrade", "--binary", MountedVolume.FindCommand());
    }

    // It may end well or not; the mount goes on.
    private void CrashUpgrade()
    {
        AwaitControl();
        var upgrading = Task.Run(() => mount.TryRun("upgrade", "--binary", MountedVolume.FindCommand()));
        Thread.Sleep(random.Next(0, 1500));
        Kill();
        if (!upgrading.Wait(Patience)) throw new TimeoutException("bytefuse upgrade does not end");
    }
}
