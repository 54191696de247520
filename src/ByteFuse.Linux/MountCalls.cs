using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>mount(2) and umount2(2); both need CAP_SYS_ADMIN.</summary>
public static unsafe class MountCalls
{
    public const ulong ReadOnly = 1;
    public const ulong NoSetUserId = 2;
    public const ulong NoDevices = 4;
    public const ulong NoExecute = 8;
    public const ulong Synchronous = 16;
    public const ulong Remount = 32;
    public const ulong DirectorySynchronous = 128;
    public const ulong NoAccessTime = 1024;
    public const ulong NoDirectoryAccessTime = 2048;
    public const ulong Bind = 4096;
    public const ulong Recursive = 16384;
    public const ulong Private = 1 << 18;
    public const ulong Slave = 1 << 19;
    public const ulong RelativeAccessTime = 1 << 21;
    public const ulong StrictAccessTime = 1 << 24;

    /// <summary>MNT_FORCE: for FUSE, aborts the connection.</summary>
    public const int Force = 1;

    /// <summary>MNT_DETACH: out of the tree now, unmounted when no longer used.</summary>
    public const int Detach = 2;

    /// <summary>mount(2).</summary>
    public static IoResult Mount(string source, string target, string type, ulong flags, string? data)
    {
        fixed (byte* s = PathBytes.Of(source))
        fixed (byte* t = PathBytes.Of(target))
        fixed (byte* k = PathBytes.Of(type))
        fixed (byte* d = data is null ? null : PathBytes.Of(data))
            return LibC.Result(LibC.Mount(s, t, k, (nuint)flags, d));
    }

    /// <summary>
    /// Has the kernel ask a file system for its figures, wherever it is mounted, by ustat(2): ENOSYS on machines whose kernel has it no
    /// more (all but x86-64). Blocks until it is answered.
    /// </summary>
    /// <param name="device">The file system's device, as <see cref="EncodeDevice"/> has it.</param>
    public static IoResult AskForFigures(ulong device)
    {
        const long ustat = 136;
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return IoResult.FromError(Errno.ENOSYS);
        // struct ustat has 32 bytes.
        var figures = stackalloc byte[64];
        return LibC.Result(LibC.Syscall(ustat, (long)device, (long)figures, 0, 0, 0, 0));
    }

    /// <summary>A device number as system calls take it (new_encode_dev in include/linux/kdev_t.h).</summary>
    public static ulong EncodeDevice(uint major, uint minor) => (minor & 0xFF) | (major << 8) | ((minor & ~0xFFU) << 12);

    /// <summary>umount2(2).</summary>
    public static IoResult Unmount(string target, int flags = 0)
    {
        fixed (byte* t = PathBytes.Of(target)) return LibC.Result(LibC.Umount2(t, flags));
    }
}
