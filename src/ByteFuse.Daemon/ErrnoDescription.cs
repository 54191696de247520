using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>Errors in words, for the one line that a user gets.</summary>
public static class ErrnoDescription
{
    /// <summary>As strerror(3) says it, for those that users meet; the name for others.</summary>
    public static string Describe(this Errno error) => error switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.EIO => "input/output error",
        Errno.EACCES => "permission denied",
        Errno.EBUSY => "in use",
        Errno.ENODEV => "no such device",
        Errno.ENOTDIR => "not a directory",
        Errno.EINVAL => "invalid argument",
        Errno.EMFILE => "too many open files",
        Errno.ENOSPC => "no space left on device",
        Errno.EROFS => "read-only file system",
        Errno.ENOTCONN => "the daemon that served it is gone",
        _ => error.ToString(),
    };
}
