using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>Attributes: status, mode, owner, times, access checks, volume figures.</summary>
public static unsafe partial class Sys
{
    public static long Statx(long dirFd, string path, int flags, uint mask, out FileStatus status)
    {
        fixed (byte* p = Bytes(path))
        fixed (FileStatus* s = &status)
            return Call(SyscallNumber.Statx, (nint)dirFd, (nint)p, flags, (nint)mask, (nint)s);
    }

    /// <summary>stat(2): the kernel answers both from vfs_getattr, and statx has one layout on every machine.</summary>
    public static long Stat(string path, out FileStatus status) =>
        Statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, out status);

    public static long Lstat(string path, out FileStatus status) =>
        Statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, out status);

    public static long Fstat(long fd, out FileStatus status) =>
        Statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, out status);

    public static long Chmod(string path, int mode) => FchmodAt(AT_FDCWD, path, mode);

    public static long FchmodAt(long dirFd, string path, int mode)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Fchmodat, (nint)dirFd, (nint)p, mode);
    }

    /// <summary>fchmodat2(2), which knows AT_SYMLINK_NOFOLLOW.</summary>
    public static long FchmodAt2(long dirFd, string path, int mode, int flags)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Fchmodat2, (nint)dirFd, (nint)p, mode, flags);
    }

    public static long Fchmod(long fd, int mode) => Call(SyscallNumber.Fchmod, (nint)fd, mode);

    /// <summary>chown(2); -1 leaves an id as it is.</summary>
    public static long Chown(string path, int uid, int gid) => FchownAt(AT_FDCWD, path, uid, gid, 0);

    public static long Lchown(string path, int uid, int gid) => FchownAt(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);

    public static long FchownAt(long dirFd, string path, int uid, int gid, int flags)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Fchownat, (nint)dirFd, (nint)p, uid, gid, flags);
    }

    public static long Fchown(long fd, int uid, int gid) => Call(SyscallNumber.Fchown, (nint)fd, uid, gid);

    /// <summary>utimensat(2); nanoseconds may be UTIME_NOW or UTIME_OMIT.</summary>
    public static long UtimensAt(
        long dirFd, string path, long accessSeconds, long accessNanoseconds, long modifySeconds, long modifyNanoseconds, int flags = 0)
    {
        long* times = stackalloc long[] { accessSeconds, accessNanoseconds, modifySeconds, modifyNanoseconds };
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Utimensat, (nint)dirFd, (nint)p, (nint)times, flags);
    }

    /// <summary>utimensat(2) with no times: both become now.</summary>
    public static long UtimensNow(string path)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Utimensat, AT_FDCWD, (nint)p, 0, 0);
    }

    public static long Futimens(
        long fd, long accessSeconds, long accessNanoseconds, long modifySeconds, long modifyNanoseconds)
    {
        long* times = stackalloc long[] { accessSeconds, accessNanoseconds, modifySeconds, modifyNanoseconds };
        return Call(SyscallNumber.Utimensat, (nint)fd, 0, (nint)times, 0);
    }

    /// <summary>access(2): by the real ids.</summary>
    public static long Access(string path, int mode)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Faccessat, AT_FDCWD, (nint)p, mode);
    }

    public static long FaccessAt2(long dirFd, string path, int mode, int flags)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Faccessat2, (nint)dirFd, (nint)p, mode, flags);
    }

    public static long Statfs(string path, out VolumeStatus status)
    {
        fixed (byte* p = Bytes(path))
        fixed (VolumeStatus* s = &status)
            return Call(SyscallNumber.Statfs, (nint)p, (nint)s);
    }

    public static long Fstatfs(long fd, out VolumeStatus status)
    {
        fixed (VolumeStatus* s = &status)
            return Call(SyscallNumber.Fstatfs, (nint)fd, (nint)s);
    }
}
