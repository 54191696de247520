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

    /// <summary>umount2(2).</summary>
    public static IoResult Unmount(string target, int flags = 0)
    {
        fixed (byte* t = PathBytes.Of(target)) return LibC.Result(LibC.Umount2(t, flags));
    }
}
