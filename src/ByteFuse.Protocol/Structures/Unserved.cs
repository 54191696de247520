using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

// Arguments of operations that a network file system has no use for; they are here so that requests can be measured,
// logged and fuzzed by their real lengths.

/// <summary>Argument of BMAP (block devices): fuse_bmap_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BmapIn
{
    public ulong Block;

    /// <summary>Bytes.</summary>
    public uint BlockSize;

    public uint Padding;
}

/// <summary>Argument of IOCTL, followed by its data: fuse_ioctl_in, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IoctlIn
{
    public ulong Handle;
    public uint Flags;
    public uint Command;
    public ulong Argument;

    /// <summary>Bytes of data that follow.</summary>
    public uint InSize;

    /// <summary>Bytes of data that the reply may hold.</summary>
    public uint OutSize;
}

/// <summary>Reply to IOCTL, followed by its data: fuse_ioctl_out, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IoctlOut
{
    public int Result;
    public uint Flags;
    public uint InVectors;
    public uint OutVectors;
}

/// <summary>Argument of POLL: fuse_poll_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollIn
{
    public ulong Handle;
    public ulong KernelHandle;
    public uint Flags;
    public uint Events;
}

/// <summary>Argument of SETUPMAPPING (DAX): fuse_setupmapping_in, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SetupMappingIn
{
    public ulong Handle;
    public ulong FileOffset;
    public ulong Length;
    public ulong Flags;
    public ulong WindowOffset;
}

/// <summary>Argument of REMOVEMAPPING (DAX), followed by that many ranges: fuse_removemapping_in, 4 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RemoveMappingIn
{
    public uint Count;
}
