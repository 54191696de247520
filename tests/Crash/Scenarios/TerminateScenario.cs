using ByteFuse.Testing;

namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// SIGTERM in the middle of I/O: the daemon answers what it has, syncs, unmounts and exits 0. Then the power is cut: what was
/// acknowledged is there nevertheless.
/// </summary>
public static class TerminateScenario
{
    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        load.Start();
        load.Await(50 + random.Next(400));
        if (load.Errors() is string errors)
            return errors;
        int pid = volume.DaemonPid;
        Sys.Kill(pid, Abi.SIGTERM);
        bool ended = WaitForEnd(pid);
        load.Stop();
        if (!ended)
            return $"the daemon (pid {pid}) did not end within a minute of SIGTERM";
        bool unmounted = !File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ')[1] == volume.MountPoint);
        if (!unmounted)
            Sys.Umount2(volume.MountPoint, Abi.MNT_DETACH);
        if (volume.SyncsAtTermination)
            volume.CutPower(() => { });
        volume.Mount();
        string? problem = load.CheckAllAcknowledged();
        volume.Umount();
        string? check = volume.Check();
        volume.Mount();
        return problem ?? check ?? (unmounted ? null : "the mount stayed behind after SIGTERM");
    }

    private static bool WaitForEnd(int pid)
    {
        const int Attempts = 6000;
        for (int i = 0; i < Attempts; i++)
        {
            if (!ProcessState.IsRunning(pid))
                return true;
            Thread.Sleep(10);
        }
        return false;
    }
}
