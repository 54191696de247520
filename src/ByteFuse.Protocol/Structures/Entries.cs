using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Reply to LOOKUP, MKNOD, MKDIR, SYMLINK and LINK, first part of the reply to CREATE and TMPFILE, and part of a
/// READDIRPLUS entry: fuse_entry_out, 128 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct EntryOut
{
    /// <summary>
    /// The inode's node id. 0 makes a negative entry that is kept for the entry's validity; in READDIRPLUS, an entry
    /// without attributes, which counts no lookup.
    /// </summary>
    public ulong NodeId;

    /// <summary>Tells apart inodes that had the same node id; constant here, as node ids are never used again.</summary>
    public ulong Generation;

    /// <summary>How long the kernel may resolve the name from its cache: seconds.</summary>
    public ulong EntryValidSeconds;

    /// <summary>How long the kernel may use the attributes: seconds.</summary>
    public ulong AttributesValidSeconds;

    public uint EntryValidNanoseconds;
    public uint AttributesValidNanoseconds;
    public Attributes Attributes;
}

/// <summary>Argument of MKNOD, followed by the name: fuse_mknod_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MknodIn
{
    /// <summary>File type and permissions; with DONT_MASK the umask is not yet applied.</summary>
    public uint Mode;

    public uint Device;
    public uint Umask;
    public uint Padding;
}

/// <summary>Argument of MKDIR, followed by the name: fuse_mkdir_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MkdirIn
{
    /// <summary>Permissions; with DONT_MASK the umask is not yet applied.</summary>
    public uint Mode;

    public uint Umask;
}

/// <summary>Argument of RENAME, followed by the old and the new name: fuse_rename_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RenameIn
{
    /// <summary>Node id of the directory that the new name is in.</summary>
    public ulong NewDirectory;
}

/// <summary>Argument of RENAME2, followed by the old and the new name: fuse_rename2_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Rename2In
{
    /// <summary>Node id of the directory that the new name is in.</summary>
    public ulong NewDirectory;

    public RenameFlags Flags;
    public uint Padding;
}

/// <summary>Argument of LINK, followed by the new name (in the header's directory): fuse_link_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkIn
{
    /// <summary>Node id of the existing file.</summary>
    public ulong OldNodeId;
}

/// <summary>Argument of FORGET: fuse_forget_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ForgetIn
{
    /// <summary>By how much the kernel's count of lookups of the header's node falls.</summary>
    public ulong LookupCount;
}

/// <summary>Argument of BATCH_FORGET, followed by <see cref="Count"/> <see cref="ForgetOne"/>: fuse_batch_forget_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BatchForgetIn
{
    public uint Count;
    public uint Padding;
}

/// <summary>One node in a BATCH_FORGET: fuse_forget_one, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ForgetOne
{
    public ulong NodeId;

    /// <summary>By how much the kernel's count of lookups of the node falls.</summary>
    public ulong LookupCount;
}

/// <summary>
/// What a directory entry starts with: fuse_dirent, 24 bytes, followed by the name without NUL and zeros up to a
/// multiple of 8 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct Dirent
{
    public ulong Inode;

    /// <summary>Where reading goes on after this entry: the offset of the next READDIR.</summary>
    public ulong Offset;

    public uint NameLength;

    /// <summary>DT_*: the file type bits of the mode, shifted right by 12.</summary>
    public uint Type;
}
