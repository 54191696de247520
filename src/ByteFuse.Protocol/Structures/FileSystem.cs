using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Reply to STATFS: fuse_statfs_out, 80 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct StatfsOut
{
    /// <summary>Size in units of <see cref="FragmentSize"/>, as are the two that follow.</summary>
    public ulong Blocks;

    public ulong FreeBlocks;

    /// <summary>Blocks that an unprivileged user may still take.</summary>
    public ulong AvailableBlocks;

    public ulong Inodes;
    public ulong FreeInodes;

    /// <summary>Preferred I/O size in bytes.</summary>
    public uint BlockSize;

    /// <summary>Bytes in the longest name.</summary>
    public uint NameLength;

    /// <summary>Bytes in a block as counted above.</summary>
    public uint FragmentSize;

    public uint Padding;
}

/// <summary>Argument of SYNCFS: fuse_syncfs_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SyncFsIn
{
    public ulong Padding;
}

/// <summary>Argument of INTERRUPT: fuse_interrupt_in, 8 bytes. The interrupt may come before its request.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InterruptIn
{
    /// <summary>The unique of the request to interrupt.</summary>
    public ulong Unique;
}
