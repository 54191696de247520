using System.Diagnostics;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>How a mount ends when the daemon is told to stop.</summary>
internal static class Unmounting
{
    /// <summary>
    /// How long a mount that is in use may go on after the daemon was told to stop: programs finish what they are doing and
    /// the rest gets ENOTCONN. Below systemd's 90 s and Kubernetes' 30 s, after which they kill.
    /// </summary>
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long requests in hand may take when no more are read: disks that retry, at most.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Takes the mount out of the tree, waits until its last user is gone, and stops reading where that takes too long.
    /// </summary>
    public static void Drain(FuseMount mount, string mountPoint, Log log)
    {
        log.Information("stopping", ("mount_point", mountPoint));
        var unmounted = MountTree.Unmount(mountPoint);
        if (unmounted.Error == Errno.EBUSY)
        {
            log.Warning("mount_busy", ("mount_point", mountPoint), ("seconds", BusyTimeout.TotalSeconds));
            unmounted = MountTree.Unmount(mountPoint, MountCalls.Detach);
        }
        // EINVAL: somebody else has just unmounted it.
        if (!unmounted.Succeeded && unmounted.Error != Errno.EINVAL)
            log.Warning("unmount_failed", ("mount_point", mountPoint), ("error", unmounted.Error));
        if (mount.Ended.Wait(BusyTimeout)) return;
        log.Warning("still_in_use", ("mount_point", mountPoint));
        mount.Abandon();
        mount.Ended.Wait(IdleTimeout);
    }

    /// <summary>Waits until no request holds a slot: the volume is closed next. False where that takes too long.</summary>
    public static bool AwaitIdle(FuseMount mount, Log log)
    {
        var started = Stopwatch.GetTimestamp();
        while (mount.InFlight > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > IdleTimeout)
            {
                log.Error("requests_stuck", ("count", mount.InFlight));
                return false;
            }
            Thread.Sleep(PollInterval);
        }
        return true;
    }
}
