using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Argument of OPEN and OPENDIR: fuse_open_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenIn
{
    /// <summary>O_* flags of open(2), without O_CREAT, O_EXCL and O_NOCTTY.</summary>
    public uint Flags;

    public OpenRequestFlags RequestFlags;
}

/// <summary>Argument of CREATE and TMPFILE, followed by a name: fuse_create_in, 16 bytes.</summary>
/// <remarks>
/// The name after TMPFILE's is "/" (slash_name in vfs_tmpfile), which no name may be: skip it, never read it as one.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct CreateIn
{
    /// <summary>O_* flags of open(2).</summary>
    public uint Flags;

    /// <summary>File type and permissions; with DONT_MASK the umask is not yet applied.</summary>
    public uint Mode;

    public uint Umask;
    public OpenRequestFlags RequestFlags;
}

/// <summary>Reply to OPEN and OPENDIR, second part of the reply to CREATE and TMPFILE: fuse_open_out, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenOut
{
    public ulong Handle;
    public OpenFlags Flags;

    /// <summary>The number that BACKING_OPEN gave; read only with <see cref="OpenFlags.Passthrough"/>.</summary>
    public int BackingId;
}

/// <summary>Argument of RELEASE and RELEASEDIR: fuse_release_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ReleaseIn
{
    public ulong Handle;

    /// <summary>O_* flags of the open file.</summary>
    public uint Flags;

    public ReleaseFlags ReleaseFlags;
    public ulong LockOwner;
}

/// <summary>Argument of FLUSH, sent once per close(2): fuse_flush_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FlushIn
{
    public ulong Handle;
    public uint Unused;
    public uint Padding;

    /// <summary>The POSIX locks of this owner on the file end now.</summary>
    public ulong LockOwner;
}

/// <summary>Argument of FSYNC and FSYNCDIR: fuse_fsync_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FsyncIn
{
    public ulong Handle;
    public FsyncFlags Flags;
    public uint Padding;
}
