using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>ioctl(2) requests on /dev/fuse.</summary>
public static class DeviceIoctl
{
    /// <summary>FUSE_DEV_IOC_CLONE: makes a freshly opened /dev/fuse a further queue; argument: u32, the descriptor.</summary>
    public const uint Clone = 0x8004_E500;

    /// <summary>FUSE_DEV_IOC_BACKING_OPEN: argument <see cref="BackingMap"/>; gives the backing id. CAP_SYS_ADMIN.</summary>
    public const uint BackingOpen = 0x4010_E501;

    /// <summary>FUSE_DEV_IOC_BACKING_CLOSE: argument u32, the backing id.</summary>
    public const uint BackingClose = 0x4004_E502;

    /// <summary>FUSE_DEV_IOC_SYNC_INIT: mount(2) returns only when INIT is answered. No argument.</summary>
    public const uint SyncInit = 0x0000_E503;
}

/// <summary>Argument of BACKING_OPEN: fuse_backing_map, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BackingMap
{
    public int FileDescriptor;
    public uint Flags;
    public ulong Padding;
}
