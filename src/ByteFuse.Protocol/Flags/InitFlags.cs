namespace ByteFuse.Protocol;

/// <summary>
/// What kernel and daemon can agree on in INIT: FUSE_* of include/uapi/linux/fuse.h. Which are asked for, and why, is
/// in <see cref="InitPreferences.DefaultFlags"/>.
/// </summary>
[Flags]
public enum InitFlags : ulong
{
    None = 0,

    /// <summary>Several READs of one open file at once.</summary>
    AsyncRead = 1UL << 0,

    /// <summary>fcntl(2) locks are asked of the daemon, not kept in the kernel.</summary>
    PosixLocks = 1UL << 1,
    FileOps = 1UL << 2,

    /// <summary>OPEN carries O_TRUNC; without it a SETATTR precedes.</summary>
    AtomicOpenTruncate = 1UL << 3,

    /// <summary>LOOKUP of "." and ".." by node id works.</summary>
    ExportSupport = 1UL << 4,

    /// <summary>WRITEs above one page.</summary>
    BigWrites = 1UL << 5,

    /// <summary>The daemon applies the umask.</summary>
    DontMask = 1UL << 6,
    SpliceWrite = 1UL << 7,
    SpliceMove = 1UL << 8,
    SpliceRead = 1UL << 9,

    /// <summary>flock(2) locks are asked of the daemon, not kept in the kernel.</summary>
    FlockLocks = 1UL << 10,
    HasIoctlDirectory = 1UL << 11,

    /// <summary>The kernel compares mtime and size before each cached read and drops pages on a change.</summary>
    AutoInvalidateData = 1UL << 12,

    /// <summary>READDIRPLUS may be sent.</summary>
    ReadDirectoryPlus = 1UL << 13,

    /// <summary>READDIRPLUS is sent only while a directory's entries are being looked up.</summary>
    ReadDirectoryPlusAuto = 1UL << 14,

    /// <summary>Asynchronous direct I/O is submitted without waiting.</summary>
    AsyncDirectIo = 1UL << 15,

    /// <summary>The kernel gathers writes in its page cache and owns size and mtime.</summary>
    WritebackCache = 1UL << 16,

    /// <summary>ENOSYS to OPEN turns OPEN and RELEASE off.</summary>
    NoOpenSupport = 1UL << 17,

    /// <summary>LOOKUPs and READDIRs of one directory at once.</summary>
    ParallelDirectoryOperations = 1UL << 18,
    HandleKillPriv = 1UL << 19,

    /// <summary>POSIX ACLs are xattrs that the kernel evaluates; implies default_permissions.</summary>
    PosixAcl = 1UL << 20,

    /// <summary>After an abort, read(2) of /dev/fuse gives ECONNABORTED, not the ENODEV of an unmount.</summary>
    AbortError = 1UL << 21,

    /// <summary><see cref="InitOut.MaxPages"/> counts.</summary>
    MaxPages = 1UL << 22,

    /// <summary>Symbolic links' targets are cached.</summary>
    CacheSymlinks = 1UL << 23,

    /// <summary>ENOSYS to OPENDIR turns OPENDIR and RELEASEDIR off.</summary>
    NoOpenDirectorySupport = 1UL << 24,
    ExplicitInvalidateData = 1UL << 25,
    MapAlignment = 1UL << 26,
    Submounts = 1UL << 27,

    /// <summary>The daemon clears set-user-id, set-group-id and capabilities when told so by a request's flags.</summary>
    HandleKillPrivV2 = 1UL << 28,

    /// <summary>SETXATTR's fixed part has 16 bytes.</summary>
    SetXattrExt = 1UL << 29,

    /// <summary>The second word of flags counts.</summary>
    InitExt = 1UL << 30,
    SecurityContext = 1UL << 32,
    HasInodeDax = 1UL << 33,

    /// <summary>Creating requests carry the caller's matching supplementary group.</summary>
    CreateSupplementaryGroup = 1UL << 34,

    /// <summary>INVAL_ENTRY knows EXPIRE_ONLY; the kernel tells, and does not read the answer.</summary>
    HasExpireOnly = 1UL << 35,

    /// <summary>mmap(MAP_SHARED) of files opened with FOPEN_DIRECT_IO.</summary>
    DirectIoAllowMmap = 1UL << 36,

    /// <summary>Reads and writes of an open file go to a backing file inside the kernel.</summary>
    Passthrough = 1UL << 37,
    NoExportSupport = 1UL << 38,

    /// <summary>The RESEND notification; the kernel tells, and does not read the answer.</summary>
    HasResend = 1UL << 39,

    /// <summary>Idmapped mounts. The kernel fails INIT if default_permissions is not in force.</summary>
    AllowIdmap = 1UL << 40,

    /// <summary>Requests come through io_uring once every queue is registered.</summary>
    OverIoUring = 1UL << 41,

    /// <summary>The kernel aborts the connection when a request takes too long. Never accepted.</summary>
    RequestTimeout = 1UL << 42,
}
