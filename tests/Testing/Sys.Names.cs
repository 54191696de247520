using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>Calls that change or follow names: directories, links, renames, special files.</summary>
public static unsafe partial class Sys
{
    public static long Mkdir(string path, int mode = 0x1FF) => MkdirAt(AT_FDCWD, path, mode);

    public static long MkdirAt(long dirFd, string path, int mode)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Mkdirat, (nint)dirFd, (nint)p, mode);
    }

    /// <summary>mknod(2); <paramref name="mode"/> holds the type; <paramref name="device"/> as made by <see cref="Device"/>.</summary>
    public static long Mknod(string path, int mode, uint device = 0) => MknodAt(AT_FDCWD, path, mode, device);

    public static long MknodAt(long dirFd, string path, int mode, uint device = 0)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Mknodat, (nint)dirFd, (nint)p, mode, (nint)device);
    }

    public static long Mkfifo(string path, int mode) => Mknod(path, S_IFIFO | mode);

    /// <summary>The kernel's new_encode_dev: 12 bits of major, 20 of minor.</summary>
    public static uint Device(uint major, uint minor) => (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);

    public static long Symlink(string target, string path) => SymlinkAt(target, AT_FDCWD, path);

    public static long SymlinkAt(string target, long dirFd, string path)
    {
        fixed (byte* t = Bytes(target))
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Symlinkat, (nint)t, (nint)dirFd, (nint)p);
    }

    /// <summary>readlink(2) into a buffer of the caller's size (it truncates silently).</summary>
    public static long Readlink(string path, byte[] buffer)
    {
        fixed (byte* p = Bytes(path))
        fixed (byte* b = buffer)
            return Call(SyscallNumber.Readlinkat, AT_FDCWD, (nint)p, (nint)b, buffer.Length);
    }

    /// <summary>readlink(2) as text; <paramref name="target"/> is empty upon an error.</summary>
    public static long Readlink(string path, out string target)
    {
        var buffer = new byte[PATH_MAX + 1];
        long length = Readlink(path, buffer);
        target = length < 0 ? "" : Text(buffer.AsSpan(0, (int)length));
        return length;
    }

    public static long Link(string from, string to) => LinkAt(AT_FDCWD, from, AT_FDCWD, to, 0);

    public static long LinkAt(long fromFd, string from, long toFd, string to, int flags)
    {
        fixed (byte* f = Bytes(from))
        fixed (byte* t = Bytes(to))
            return Call(SyscallNumber.Linkat, (nint)fromFd, (nint)f, (nint)toFd, (nint)t, flags);
    }

    public static long Unlink(string path) => UnlinkAt(AT_FDCWD, path, 0);

    public static long Rmdir(string path) => UnlinkAt(AT_FDCWD, path, AT_REMOVEDIR);

    public static long UnlinkAt(long dirFd, string path, int flags)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Unlinkat, (nint)dirFd, (nint)p, flags);
    }

    public static long Rename(string from, string to) => RenameAt2(AT_FDCWD, from, AT_FDCWD, to, 0);

    public static long Rename2(string from, string to, int flags) => RenameAt2(AT_FDCWD, from, AT_FDCWD, to, flags);

    public static long RenameAt2(long fromFd, string from, long toFd, string to, int flags)
    {
        fixed (byte* f = Bytes(from))
        fixed (byte* t = Bytes(to))
            return Call(SyscallNumber.Renameat2, (nint)fromFd, (nint)f, (nint)toFd, (nint)t, flags);
    }

    public static long Chdir(string path)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Chdir, (nint)p);
    }

    public static long Fchdir(long fd) => Call(SyscallNumber.Fchdir, (nint)fd);

    public static long Getcwd(out string path)
    {
        var buffer = new byte[PATH_MAX + 1];
        fixed (byte* b = buffer)
        {
            long length = Call(SyscallNumber.Getcwd, (nint)b, buffer.Length);
            path = length <= 0 ? "" : Text(buffer.AsSpan(0, (int)length - 1));
            return length;
        }
    }
}
