namespace ByteFuse.Protocol;

/// <summary>
/// What the kernel asks for: <c>enum fuse_opcode</c> of include/uapi/linux/fuse.h, protocol 7.45. A newer kernel may
/// send values that are not here; they are answered with ENOSYS, which the kernel remembers for the life of the mount.
/// </summary>
public enum Opcode : uint
{
    Lookup = 1,
    Forget = 2,
    GetAttributes = 3,
    SetAttributes = 4,
    ReadLink = 5,
    Symlink = 6,
    Mknod = 8,
    Mkdir = 9,
    Unlink = 10,
    Rmdir = 11,
    Rename = 12,
    Link = 13,
    Open = 14,
    Read = 15,
    Write = 16,
    Statfs = 17,
    Release = 18,
    Fsync = 20,
    SetXattr = 21,
    GetXattr = 22,
    ListXattr = 23,
    RemoveXattr = 24,
    Flush = 25,
    Init = 26,
    OpenDirectory = 27,
    ReadDirectory = 28,
    ReleaseDirectory = 29,
    FsyncDirectory = 30,
    GetLock = 31,
    SetLock = 32,

    /// <summary>SETLKW: waits until the lock is granted or interrupted.</summary>
    SetLockWait = 33,
    Access = 34,
    Create = 35,
    Interrupt = 36,
    Bmap = 37,
    Destroy = 38,
    Ioctl = 39,
    Poll = 40,

    /// <summary>The pages asked for by a RETRIEVE notification; not itself answered.</summary>
    NotifyReply = 41,
    BatchForget = 42,
    Fallocate = 43,
    ReadDirectoryPlus = 44,
    Rename2 = 45,
    Seek = 46,
    CopyFileRange = 47,
    SetupMapping = 48,
    RemoveMapping = 49,

    /// <summary>Sent where fc->sync_fs is set (virtio, fuseblk): on a plain fuse mount, syncfs(2) ends in the kernel.</summary>
    SyncFs = 50,
    TmpFile = 51,
    Statx = 52,

    /// <summary>COPY_FILE_RANGE whose reply carries 64 bits; ENOSYS makes the kernel fall back to 47.</summary>
    CopyFileRange64 = 53,
}
