namespace ByteFuse.Linux;

/// <summary>The FUSE device and its ioctls (include/uapi/linux/fuse.h).</summary>
public static unsafe class FuseDevice
{
    // _IOR(229, 0, uint32_t), _IOW(229, 1, struct fuse_backing_map), _IOW(229, 2, uint32_t)
    private const uint CloneRequest = 0x8004E500;
    private const uint BackingOpenRequest = 0x4010E501;
    private const uint BackingCloseRequest = 0x4004E502;

    /// <summary>Opens /dev/fuse; the descriptor has no connection until a mount names it.</summary>
    public static IoResult Open(bool nonBlocking = false) =>
        FileCalls.Open("/dev/fuse", OpenFlags.ReadWrite | (nonBlocking ? OpenFlags.NonBlocking : 0));

    /// <summary>A further descriptor with a processing queue of its own on the connection of <paramref name="connected"/>.</summary>
    public static IoResult Clone(int connected, bool nonBlocking = false)
    {
        var opened = Open(nonBlocking);
        if (!opened.Succeeded) return opened;
        var source = (uint)connected;
        var cloned = LibC.Result(LibC.Ioctl(opened.Value, CloneRequest, &source));
        if (cloned.Succeeded) return opened;
        FileCalls.Close(opened.Value);
        return cloned;
    }

    /// <summary>Registers a file for passthrough: its backing id. EPERM without CAP_SYS_ADMIN.</summary>
    public static IoResult OpenBacking(int fuse, int file)
    {
        var map = stackalloc ulong[2] { (uint)file, 0 };
        return LibC.Result(LibC.Ioctl(fuse, BackingOpenRequest, map));
    }

    /// <summary>Drops a backing id; files opened with it go on.</summary>
    public static IoResult CloseBacking(int fuse, int backingId)
    {
        var id = (uint)backingId;
        return LibC.Result(LibC.Ioctl(fuse, BackingCloseRequest, &id));
    }
}
