using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>Whether a directory can be mounted on.</summary>
public static class MountPointCheck
{
    /// <summary>MAXSYMLINKS of the kernel.</summary>
    private const int MaximumLinks = 40;

    /// <summary>
    /// The canonical path of a mount point: absolute and without symbolic links, as /proc/self/mountinfo shows it. A
    /// <see cref="Refusal"/> where it is missing, no directory, not empty or mounted already.
    /// </summary>
    public static string Require(string mountPoint, bool nonEmpty)
    {
        if (mountPoint.Length == 0) throw new Refusal(ExitCode.Usage, "the mount point is an empty path");
        var path = Canonical(mountPoint);
        while (MountTable.At(path) is { } dead && IsDead(path, dead)) MountCalls.Unmount(path, MountCalls.Detach);
        if (MountTable.At(path) is { } mounted)
        {
            if (mounted.Type.StartsWith("fuse", StringComparison.Ordinal))
                throw new Refusal(ExitCode.Busy, $"{path} is mounted already ({mounted.Source}, {mounted.Type})");
            // The root of another file system is an ordinary directory to mount on, if it is empty.
        }
        var error = FileCalls.GetStatus(path, out var status);
        if (error == Errno.ENOENT) throw new Refusal(ExitCode.Failure, $"mount point {mountPoint} does not exist");
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"mount point {mountPoint}: {error.Describe()}");
        if (!status.IsDirectory) throw new Refusal(ExitCode.Failure, $"mount point {mountPoint} is not a directory");
        if (!nonEmpty && Directory.EnumerateFileSystemEntries(path).Any())
            throw new Refusal(ExitCode.Failure, $"mount point {mountPoint} is not empty (-o nonempty mounts over it all the same)");
        return path;
    }

    // Of daemon and keeper nobody is left, which the kernel answers for without asking anybody. One that a daemon serves is not touched: it
    // may be this one.
    private static bool IsDead(string path, MountEntry mounted) =>
        mounted.Type == "fuse.bytefuse"
        && !RunDirectory.ReadAll().Any(state => state.MountPoint == path && RunDirectory.IsRunning(state))
        && FileCalls.GetStatus(path, out _) == Errno.ENOTCONN;

    /// <summary>Resolves symbolic links in all of a path that exists; what does not exist stays as it is.</summary>
    public static string Canonical(string path) => Canonical(path, links: 0);

    private static string Canonical(string path, int links)
    {
        if (links > MaximumLinks) throw new Refusal(ExitCode.Failure, $"{path}: too many symbolic links");
        var absolute = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var resolved = "/";
        foreach (var part in absolute.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(resolved, part);
            // What is mounted on is no link, and its daemon may be dead: it is not looked at.
            var target = MountTable.At(next) is null ? new FileInfo(next).LinkTarget : null;
            resolved = target is null ? next : Canonical(Path.Combine(resolved, target), links + 1);
        }
        return resolved;
    }
}
