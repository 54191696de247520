using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>An inode's attributes: fuse_attr, 88 bytes. Times are seconds and nanoseconds since 1970, signed seconds.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Attributes
{
    public ulong Inode;

    /// <summary>Bytes.</summary>
    public ulong Size;

    /// <summary>Allocated space in units of 512 bytes.</summary>
    public ulong Blocks;

    public long AccessSeconds;
    public long ModifySeconds;
    public long ChangeSeconds;
    public uint AccessNanoseconds;
    public uint ModifyNanoseconds;
    public uint ChangeNanoseconds;

    /// <summary>File type and permissions, as st_mode.</summary>
    public uint Mode;

    public uint LinkCount;
    public uint UserId;
    public uint GroupId;

    /// <summary>Device number of a device node, in the kernel's new encoding (new_encode_dev).</summary>
    public uint Device;

    /// <summary>Preferred I/O size in bytes; 0 lets the kernel choose.</summary>
    public uint BlockSize;

    public AttributeFlags Flags;
}

/// <summary>Reply to GETATTR and SETATTR: fuse_attr_out, 104 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AttributesOut
{
    /// <summary>How long the kernel may answer from its cache: seconds.</summary>
    public ulong ValidSeconds;

    /// <summary>The same: nanoseconds beside the seconds.</summary>
    public uint ValidNanoseconds;

    public uint Padding;
    public Attributes Attributes;
}

/// <summary>Argument of GETATTR: fuse_getattr_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct GetAttributesIn
{
    public GetAttributesFlags Flags;
    public uint Padding;

    /// <summary>Handle; meaningful only if <see cref="Flags"/> says so.</summary>
    public ulong Handle;
}

/// <summary>Argument of SETATTR: fuse_setattr_in, 88 bytes. A field counts only if its bit is in <see cref="Valid"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SetAttributesIn
{
    public SetAttributesValid Valid;
    public uint Padding;
    public ulong Handle;
    public ulong Size;
    public ulong LockOwner;
    public long AccessSeconds;
    public long ModifySeconds;
    public long ChangeSeconds;
    public uint AccessNanoseconds;
    public uint ModifyNanoseconds;
    public uint ChangeNanoseconds;
    public uint Mode;
    public uint Unused4;
    public uint UserId;
    public uint GroupId;
    public uint Unused5;
}

/// <summary>Argument of ACCESS: fuse_access_in, 8 bytes. Not sent with default_permissions.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AccessIn
{
    /// <summary>R_OK 4, W_OK 2, X_OK 1.</summary>
    public uint Mask;

    public uint Padding;
}
