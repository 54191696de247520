namespace ByteFuse.Protocol;

/// <summary>How the kernel treats an open file: FOPEN_*, in <see cref="OpenOut.Flags"/>.</summary>
[Flags]
public enum OpenFlags : uint
{
    None = 0,

    /// <summary>No page cache for this open file.</summary>
    DirectIo = 1 << 0,

    /// <summary>Pages cached by earlier opens stay.</summary>
    KeepCache = 1 << 1,
    NonSeekable = 1 << 2,

    /// <summary>The kernel may cache this directory's entries.</summary>
    CacheDirectory = 1 << 3,

    /// <summary>No file position at all.</summary>
    Stream = 1 << 4,

    /// <summary>close(2) flushes no data.</summary>
    NoFlush = 1 << 5,

    /// <summary>With <see cref="DirectIo"/>: writes to the inode may overlap in time.</summary>
    ParallelDirectWrites = 1 << 6,

    /// <summary>Reads and writes go to the backing file <see cref="OpenOut.BackingId"/>.</summary>
    Passthrough = 1 << 7,
}

/// <summary>FUSE_OPEN_*: what an opening request asks for beside the O_* flags.</summary>
[Flags]
public enum OpenRequestFlags : uint
{
    None = 0,

    /// <summary>With O_TRUNC: clear set-user-id, and set-group-id if group-executable.</summary>
    KillSuidSgid = 1 << 0,
}

/// <summary>FUSE_RELEASE_*.</summary>
[Flags]
public enum ReleaseFlags : uint
{
    None = 0,
    Flush = 1 << 0,

    /// <summary>The open file held a flock(2) lock of <see cref="ReleaseIn.LockOwner"/>: drop it.</summary>
    FlockUnlock = 1 << 1,
}

/// <summary>FUSE_FSYNC_*.</summary>
[Flags]
public enum FsyncFlags : uint
{
    None = 0,

    /// <summary>fdatasync(2): metadata only as far as reading the data back needs it.</summary>
    DataOnly = 1 << 0,
}
