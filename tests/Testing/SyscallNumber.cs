using System.Runtime.InteropServices;

namespace ByteFuse.Testing;

/// <summary>
/// System call numbers of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl) and aarch64 (include/uapi/asm-generic/unistd.h).
/// Only calls that both have are used: the generic table has no open, mkdir, ... , only their *at forms.
/// </summary>
internal static class SyscallNumber
{
    private static readonly bool X64 = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => true,
        Architecture.Arm64 => false,
        var other => throw new PlatformNotSupportedException($"no system call table for {other}"),
    };

    internal static readonly int Read = Of(0, 63), Write = Of(1, 64), Close = Of(3, 57), Lseek = Of(8, 62);
    internal static readonly int Mmap = Of(9, 222), Mprotect = Of(10, 226), Munmap = Of(11, 215);
    internal static readonly int Ioctl = Of(16, 29), Pread = Of(17, 67), Pwrite = Of(18, 68);
    internal static readonly int Msync = Of(26, 227), Mincore = Of(27, 232), Madvise = Of(28, 233), Dup = Of(32, 23);
    internal static readonly int Getpid = Of(39, 172), Sendfile = Of(40, 71);
    internal static readonly int Socket = Of(41, 198), Connect = Of(42, 203), Accept = Of(43, 202);
    internal static readonly int Bind = Of(49, 200), Listen = Of(50, 201), Kill = Of(62, 129), Fcntl = Of(72, 25);
    internal static readonly int Flock = Of(73, 32), Fsync = Of(74, 82), Fdatasync = Of(75, 83);
    internal static readonly int Truncate = Of(76, 45), Ftruncate = Of(77, 46), Getcwd = Of(79, 17);
    internal static readonly int Chdir = Of(80, 49), Fchdir = Of(81, 50), Fchmod = Of(91, 52), Fchown = Of(93, 55);
    internal static readonly int Umask = Of(95, 166), Setgroups = Of(116, 159);
    internal static readonly int Setresuid = Of(117, 147), Setresgid = Of(119, 149), Capset = Of(126, 91);
    internal static readonly int Statfs = Of(137, 43), Fstatfs = Of(138, 44), Prctl = Of(157, 167);
    internal static readonly int Mount = Of(165, 40), Umount2 = Of(166, 39), Gettid = Of(186, 178);
    internal static readonly int Setxattr = Of(188, 5), Lsetxattr = Of(189, 6), Fsetxattr = Of(190, 7);
    internal static readonly int Getxattr = Of(191, 8), Lgetxattr = Of(192, 9), Fgetxattr = Of(193, 10);
    internal static readonly int Listxattr = Of(194, 11), Llistxattr = Of(195, 12), Flistxattr = Of(196, 13);
    internal static readonly int Removexattr = Of(197, 14), Lremovexattr = Of(198, 15), Fremovexattr = Of(199, 16);
    internal static readonly int Getdents64 = Of(217, 61), ClockGettime = Of(228, 113), Tgkill = Of(234, 131), Openat = Of(257, 56);
    internal static readonly int Mkdirat = Of(258, 34), Mknodat = Of(259, 33), Fchownat = Of(260, 54);
    internal static readonly int Unlinkat = Of(263, 35), Linkat = Of(265, 37), Symlinkat = Of(266, 36);
    internal static readonly int Readlinkat = Of(267, 78), Fchmodat = Of(268, 53), Faccessat = Of(269, 48);
    internal static readonly int Fadvise = Of(221, 223);
    internal static readonly int Ppoll = Of(271, 73), Unshare = Of(272, 97), Splice = Of(275, 76), Utimensat = Of(280, 88);
    internal static readonly int Fallocate = Of(285, 47), Dup3 = Of(292, 24), Pipe2 = Of(293, 59);
    internal static readonly int NameToHandleAt = Of(303, 264), OpenByHandleAt = Of(304, 265), Syncfs = Of(306, 267);
    internal static readonly int Renameat2 = Of(316, 276), CopyFileRange = Of(326, 285);
    internal static readonly int Preadv2 = Of(327, 286), Pwritev2 = Of(328, 287), Statx = Of(332, 291);
    internal const int CloseRange = 436, Openat2 = 437, Faccessat2 = 439, Fchmodat2 = 452;

    private static int Of(int x64, int arm64) => X64 ? x64 : arm64;
}
