using System.Runtime.InteropServices;

namespace ByteFuse.Testing;

/// <summary>The kernel's constants (include/uapi/linux/*.h) under their own names.</summary>
public static class Abi
{
    // errno.h
    public const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, EBADF = 9, EAGAIN = 11, ENOMEM = 12, ECANCELED = 125;
    public const int EACCES = 13, EFAULT = 14, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19, ENOTDIR = 20, EISDIR = 21;
    public const int EINVAL = 22, EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30;
    public const int EMLINK = 31, EPIPE = 32, ERANGE = 34, EDEADLK = 35, ENAMETOOLONG = 36, ENOLCK = 37, ENOSYS = 38;
    public const int ENOTEMPTY = 39, ELOOP = 40, ENODATA = 61, EOVERFLOW = 75, EADDRINUSE = 98, EOPNOTSUPP = 95;
    public const int ENOTCONN = 107, ECONNREFUSED = 111, ESTALE = 116;

    // fcntl.h; four open flags differ on aarch64 (arch/arm64/include/uapi/asm/fcntl.h)
    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3;
    public const int O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100, O_TRUNC = 0x200, O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800, O_DSYNC = 0x1000, O_NOATIME = 0x40000, O_CLOEXEC = 0x80000, O_SYNC = 0x101000;
    public const int O_PATH = 0x200000;
    public static readonly int O_DIRECT = Arm ? 0x10000 : 0x4000;
    public static readonly int O_DIRECTORY = Arm ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = Arm ? 0x8000 : 0x20000;
    public static readonly int O_TMPFILE = 0x400000 | (Arm ? 0x4000 : 0x10000);

    public const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EACCESS = 0x200, AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000;
    public const int AT_STATX_FORCE_SYNC = 0x2000, AT_STATX_DONT_SYNC = 0x4000;
    public const int F_OK = 0, X_OK = 1, W_OK = 2, R_OK = 4;
    public const int F_DUPFD = 0, F_GETFD = 1, F_GETFL = 3, F_SETFL = 4, F_GETLK = 5, F_SETLK = 6, F_SETLKW = 7;
    public const int F_OFD_GETLK = 36, F_OFD_SETLK = 37, F_OFD_SETLKW = 38;
    public const short F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;
    public const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    public const int SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4;

    // stat.h
    public const int S_IFMT = 0xF000, S_IFSOCK = 0xC000, S_IFLNK = 0xA000, S_IFREG = 0x8000, S_IFBLK = 0x6000;
    public const int S_IFDIR = 0x4000, S_IFCHR = 0x2000, S_IFIFO = 0x1000;
    public const int S_ISUID = 0x800, S_ISGID = 0x400, S_ISVTX = 0x200;
    public const long UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe;
    public const uint STATX_BASIC_STATS = 0x7ff, STATX_BTIME = 0x800;
    public const byte DT_FIFO = 1, DT_CHR = 2, DT_DIR = 4, DT_BLK = 6, DT_REG = 8, DT_LNK = 10, DT_SOCK = 12;

    public const int RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2, RENAME_WHITEOUT = 4;
    public const int XATTR_CREATE = 1, XATTR_REPLACE = 2;
    public const int FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2, FALLOC_FL_COLLAPSE_RANGE = 8;
    public const int FALLOC_FL_ZERO_RANGE = 16, FALLOC_FL_INSERT_RANGE = 32, FALLOC_FL_UNSHARE_RANGE = 64;
    public const int RWF_HIPRI = 1, RWF_DSYNC = 2, RWF_SYNC = 4, RWF_NOWAIT = 8, RWF_APPEND = 16;

    // mman.h
    public const int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4;
    public const int MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20;
    public const int MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4, MADV_DONTNEED = 4;

    // mount.h
    public const int MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_REMOUNT = 32, MS_BIND = 4096;
    public const int MNT_DETACH = 2;

    public const int SIGINT = 2, SIGKILL = 9, SIGUSR1 = 10, SIGTERM = 15, SIGSTOP = 19, SIGCONT = 18;
    public const int CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_NEWNS = 0x20000;
    public const int CAP_CHOWN = 0, CAP_DAC_OVERRIDE = 1, CAP_DAC_READ_SEARCH = 2, CAP_FOWNER = 3, CAP_FSETID = 4;
    public const int CAP_MKNOD = 27, CAP_SYS_ADMIN = 21;
    public const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_DGRAM = 2;
    public const short POLLIN = 1, POLLOUT = 4, POLLHUP = 16;

    public const uint FICLONE = 0x40049409, FS_IOC_GETFLAGS = 0x80086601, FIONREAD = 0x541B, TCGETS = 0x5401;

    /// <summary>statfs f_type of a FUSE mount (FUSE_SUPER_MAGIC).</summary>
    public const long FuseMagic = 0x65735546;
    public const int NAME_MAX = 255, PATH_MAX = 4096, XATTR_NAME_MAX = 255, XATTR_SIZE_MAX = 65536;

    /// <summary>errno's symbolic name, for messages.</summary>
    public static string ErrnoName(long errno) => Math.Abs(errno) switch
    {
        0 => "0",
        EPERM => "EPERM",
        ESRCH => "ESRCH",
        ENOENT => "ENOENT",
        EINTR => "EINTR",
        EIO => "EIO",
        ECANCELED => "ECANCELED",
        ENXIO => "ENXIO",
        E2BIG => "E2BIG",
        EBADF => "EBADF",
        EAGAIN => "EAGAIN",
        ENOMEM => "ENOMEM",
        EACCES => "EACCES",
        EFAULT => "EFAULT",
        EBUSY => "EBUSY",
        EEXIST => "EEXIST",
        EXDEV => "EXDEV",
        ENODEV => "ENODEV",
        ENOTDIR => "ENOTDIR",
        EISDIR => "EISDIR",
        EINVAL => "EINVAL",
        EMFILE => "EMFILE",
        ENOTTY => "ENOTTY",
        ETXTBSY => "ETXTBSY",
        EFBIG => "EFBIG",
        ENOSPC => "ENOSPC",
        ESPIPE => "ESPIPE",
        EROFS => "EROFS",
        EMLINK => "EMLINK",
        EPIPE => "EPIPE",
        ERANGE => "ERANGE",
        EDEADLK => "EDEADLK",
        ENAMETOOLONG => "ENAMETOOLONG",
        ENOLCK => "ENOLCK",
        ENOSYS => "ENOSYS",
        ENOTEMPTY => "ENOTEMPTY",
        ELOOP => "ELOOP",
        ENODATA => "ENODATA",
        EOVERFLOW => "EOVERFLOW",
        EADDRINUSE => "EADDRINUSE",
        EOPNOTSUPP => "EOPNOTSUPP",
        ENOTCONN => "ENOTCONN",
        ECONNREFUSED => "ECONNREFUSED",
        ESTALE => "ESTALE",
        var other => $"errno {other}",
    };
}
