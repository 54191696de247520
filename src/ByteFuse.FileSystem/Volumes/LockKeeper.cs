namespace ByteFuse.FileSystem;

/// <summary>Who keeps the locks of flock(2) and fcntl(2) on a mount's files.</summary>
public enum LockKeeper
{
    /// <summary>
    /// The kernel, which knows every user of a volume that has one mount: a lock and a close(2) cost no request, and locks
    /// outlive the daemon.
    /// </summary>
    Kernel,

    /// <summary>The daemon: what volumes with several mounts need. Every close(2) tells it, by FLUSH, that locks may go.</summary>
    Daemon,
}
