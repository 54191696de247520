using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Drop an inode's cached attributes and pages: fuse_notify_inval_inode_out, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyInvalidateInode
{
    public ulong NodeId;

    /// <summary>First byte to drop; below 0, attributes alone, which takes no page lock.</summary>
    public long Offset;

    /// <summary>Bytes to drop; 0 or less reaches to the end of the file.</summary>
    public long Length;
}

/// <summary>Drop a name, which follows with its NUL: fuse_notify_inval_entry_out, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyInvalidateEntry
{
    public ulong Parent;

    /// <summary>Bytes of name, without its NUL.</summary>
    public uint NameLength;

    public InvalidateEntryFlags Flags;
}

/// <summary>A name, which follows with its NUL, was removed: fuse_notify_delete_out, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyDelete
{
    public ulong Parent;
    public ulong Child;

    /// <summary>Bytes of name, without its NUL.</summary>
    public uint NameLength;

    public uint Padding;
}

/// <summary>Put the data that follow into an inode's pages: fuse_notify_store_out, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyStore
{
    public ulong NodeId;
    public ulong Offset;
    public uint Size;
    public uint Padding;
}

/// <summary>Ask for an inode's cached pages: fuse_notify_retrieve_out, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyRetrieve
{
    /// <summary>Comes back as the unique of the NOTIFY_REPLY request.</summary>
    public ulong NotifyUnique;

    public ulong NodeId;
    public ulong Offset;
    public uint Size;
    public uint Padding;
}

/// <summary>Argument of NOTIFY_REPLY, followed by the data: fuse_notify_retrieve_in, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct NotifyRetrieveIn
{
    public ulong Unused1;
    public ulong Offset;
    public uint Size;
}

/// <summary>Let go of unused inodes, whose node ids follow: fuse_notify_prune_out, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyPrune
{
    public uint Count;
    public uint Padding;
    public ulong Spare;
}

/// <summary>Wake the pollers of a file: fuse_notify_poll_wakeup_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NotifyPoll
{
    public ulong KernelHandle;
}
