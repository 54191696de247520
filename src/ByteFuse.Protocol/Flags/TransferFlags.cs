namespace ByteFuse.Protocol;

/// <summary>FUSE_READ_*.</summary>
[Flags]
public enum ReadFlags : uint
{
    None = 0,

    /// <summary>The lock owner counts.</summary>
    LockOwner = 1 << 1,
}

/// <summary>FUSE_WRITE_*.</summary>
[Flags]
public enum WriteFlags : uint
{
    None = 0,

    /// <summary>Delayed write from the page cache: the handle is a guess.</summary>
    Cache = 1 << 0,

    /// <summary>The lock owner counts.</summary>
    LockOwner = 1 << 1,

    /// <summary>Clear set-user-id, and set-group-id if group-executable.</summary>
    KillSuidSgid = 1 << 2,
}

/// <summary>FALLOC_FL_* of fallocate(2). The kernel's FUSE passes the first two and ZeroRange on.</summary>
[Flags]
public enum FallocateMode : uint
{
    None = 0,
    KeepSize = 1 << 0,
    PunchHole = 1 << 1,
    CollapseRange = 1 << 3,
    ZeroRange = 1 << 4,
    InsertRange = 1 << 5,
    UnshareRange = 1 << 6,
}

/// <summary>SEEK_* of lseek(2) that reach the daemon.</summary>
public enum SeekWhence : uint
{
    Data = 3,
    Hole = 4,
}

/// <summary>F_RDLCK, F_WRLCK, F_UNLCK.</summary>
public enum LockType : uint
{
    Read = 0,
    Write = 1,
    Unlock = 2,
}

/// <summary>FUSE_LK_*.</summary>
[Flags]
public enum LockFlags : uint
{
    None = 0,

    /// <summary>A flock(2) lock: of the open file, over the whole of it.</summary>
    Flock = 1 << 0,
}
