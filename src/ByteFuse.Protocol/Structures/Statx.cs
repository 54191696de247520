using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Argument of STATX: fuse_statx_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxIn
{
    public GetAttributesFlags Flags;
    public uint Reserved;

    /// <summary>Handle; meaningful only if <see cref="Flags"/> says so.</summary>
    public ulong Handle;

    /// <summary>AT_STATX_* flags of the system call.</summary>
    public uint StatxFlags;

    /// <summary>What the caller wants to know.</summary>
    public StatxMask Mask;
}

/// <summary>A time in a statx reply: fuse_sx_time, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxTime
{
    public long Seconds;
    public uint Nanoseconds;
    public int Reserved;
}

/// <summary>Bit for bit the struct statx of statx(2): fuse_statx, 256 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct Statx
{
    /// <summary>Which fields below are filled. The kernel renews its cached attributes only from all of BasicStats.</summary>
    public StatxMask Mask;

    public uint BlockSize;

    /// <summary>STATX_ATTR_* flags that are set.</summary>
    public ulong Attributes;

    public uint LinkCount;
    public uint UserId;
    public uint GroupId;
    public ushort Mode;
    public ushort Spare0;
    public ulong Inode;

    /// <summary>Bytes.</summary>
    public ulong Size;

    /// <summary>Allocated space in units of 512 bytes.</summary>
    public ulong Blocks;

    /// <summary>STATX_ATTR_* flags that this file system knows.</summary>
    public ulong AttributesMask;

    public StatxTime Access;
    public StatxTime Birth;
    public StatxTime Change;
    public StatxTime Modify;
    public uint DeviceMajor;
    public uint DeviceMinor;
    public uint FileSystemMajor;
    public uint FileSystemMinor;
}

/// <summary>Reply to STATX: fuse_statx_out, 288 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxOut
{
    /// <summary>How long the kernel may answer from its cache: seconds.</summary>
    public ulong ValidSeconds;

    /// <summary>The same: nanoseconds beside the seconds.</summary>
    public uint ValidNanoseconds;

    public uint Flags;
    public ulong Spare0;
    public ulong Spare1;
    public Statx Stat;
}
