using System.Runtime.InteropServices;

namespace ByteFuse.Daemon;

/// <summary>A system call and its numbers; -1 where an architecture has none.</summary>
internal readonly record struct SystemCall(string Name, int X64, int Arm64);

/// <summary>
/// The system calls that a daemon may make once it serves: what strace(1) shows of it, and what the C library, the runtime and RocksDB
/// make in its place or seldom. docs/security.md says what for.
/// </summary>
internal static class AllowedSystemCalls
{
    /// <summary>The last number that this list was made with: set_mempolicy_home_node, of Linux 5.17.</summary>
    public const int Last = 450;

    /// <summary>All of them. clone(2) and unshare(2) are allowed by the filter itself, which looks at their flags.</summary>
    public static IReadOnlyList<SystemCall> All { get; } =
    [
        // Files by descriptor: volumes, metadata engine, logs, /proc.
        new("read", 0, 63), new("write", 1, 64), new("readv", 19, 65), new("writev", 20, 66), new("pread64", 17, 67),
        new("pwrite64", 18, 68), new("preadv", 295, 69), new("pwritev", 296, 70), new("preadv2", 327, 286),
        new("pwritev2", 328, 287), new("lseek", 8, 62), new("fstat", 5, 80), new("statx", 332, 291),
        new("close", 3, 57), new("fcntl", 72, 25), new("flock", 73, 32), new("ftruncate", 77, 46),
        new("fallocate", 285, 47), new("fadvise64", 221, 223), new("readahead", 187, 213), new("fsync", 74, 82),
        new("fdatasync", 75, 83), new("sync_file_range", 277, 84), new("syncfs", 306, 267),
        new("copy_file_range", 326, 285), new("sendfile", 40, 71), new("fstatfs", 138, 44), new("getdents64", 217, 61), new("fchmod", 91, 52),
        // Files by path: a volume's files, the run directory, the runtime's libraries.
        new("open", 2, -1), new("openat", 257, 56), new("openat2", 437, 437), new("creat", 85, -1),
        new("access", 21, -1), new("faccessat", 269, 48), new("faccessat2", 439, 439), new("stat", 4, -1),
        new("lstat", 6, -1), new("newfstatat", 262, 79), new("statfs", 137, 43), new("readlink", 89, -1),
        new("readlinkat", 267, 78), new("getcwd", 79, 17), new("chdir", 80, 49), new("mkdir", 83, -1),
        new("mkdirat", 258, 34), new("mknodat", 259, 33), new("rmdir", 84, -1), new("unlink", 87, -1),
        new("unlinkat", 263, 35), new("rename", 82, -1), new("renameat", 264, 38), new("renameat2", 316, 276),
        new("link", 86, -1), new("linkat", 265, 37), new("symlink", 88, -1), new("symlinkat", 266, 36),
        new("chmod", 90, -1), new("fchmodat", 268, 53), new("truncate", 76, 45), new("utimensat", 280, 88),
        new("umask", 95, 166),
        // Mounts; FUSE_DEV_IOC_CLONE and FUSE_DEV_IOC_BACKING_OPEN.
        new("mount", 165, 40), new("umount2", 166, 39), new("ioctl", 16, 29),
        // Rings, which a successor makes of its own; kept memory; requests that fill entries.
        new("io_uring_setup", 425, 425), new("io_uring_enter", 426, 426), new("io_uring_register", 427, 427), new("eventfd2", 290, 19),
        new("memfd_create", 319, 279), new("mlock", 149, 228),
        new("ustat", 136, -1),
        // Memory, of the runtime and its collector.
        new("mmap", 9, 222), new("munmap", 11, 215), new("mprotect", 10, 226), new("mremap", 25, 216),
        new("madvise", 28, 233), new("brk", 12, 214), new("mincore", 27, 232), new("msync", 26, 227),
        new("munlock", 150, 229), new("membarrier", 324, 283), new("get_mempolicy", 239, 236), new("mbind", 237, 235),
        // Threads and time. clone(2) is allowed without flags for namespaces, see SystemCallFilter.
        new("set_robust_list", 273, 99), new("set_tid_address", 218, 96), new("rseq", 334, 293),
        new("futex", 202, 98), new("exit", 60, 93), new("exit_group", 231, 94), new("gettid", 186, 178),
        new("getpid", 39, 172), new("getppid", 110, 173), new("sched_yield", 24, 124),
        new("sched_getaffinity", 204, 123), new("sched_setaffinity", 203, 122), new("sched_getscheduler", 145, 120),
        new("sched_setscheduler", 144, 119), new("sched_getparam", 143, 121),
        new("sched_get_priority_min", 147, 126), new("sched_get_priority_max", 146, 125), new("getcpu", 309, 168),
        new("prctl", 157, 167), new("arch_prctl", 158, -1), new("nanosleep", 35, 101),
        new("clock_nanosleep", 230, 115), new("clock_gettime", 228, 113), new("clock_getres", 229, 114),
        new("gettimeofday", 96, 169), new("time", 201, -1), new("restart_syscall", 219, 128),
        // Signals.
        new("rt_sigaction", 13, 134), new("rt_sigprocmask", 14, 135), new("rt_sigreturn", 15, 139),
        new("rt_sigtimedwait", 128, 137), new("sigaltstack", 131, 132), new("kill", 62, 129),
        new("tgkill", 234, 131),
        // The control socket, the metrics' port, the keeper, the syslog.
        new("socket", 41, 198), new("socketpair", 53, 199), new("bind", 49, 200), new("listen", 50, 201),
        new("connect", 42, 203), new("accept", 43, 202), new("accept4", 288, 242), new("getsockname", 51, 204),
        new("getpeername", 52, 205), new("getsockopt", 55, 209), new("setsockopt", 54, 208), new("sendto", 44, 206),
        new("sendmsg", 46, 211), new("recvfrom", 45, 207), new("recvmsg", 47, 212), new("shutdown", 48, 210),
        // Names of servers.
        new("sendmmsg", 307, 269), new("recvmmsg", 299, 243),
        new("epoll_create1", 291, 20), new("epoll_ctl", 233, 21), new("epoll_wait", 232, -1),
        new("epoll_pwait", 281, 22), new("poll", 7, -1), new("ppoll", 271, 73), new("pipe2", 293, 59),
        new("dup", 32, 23), new("dup2", 33, -1), new("dup3", 292, 24),
        // What the process asks about itself and the machine.
        new("getuid", 102, 174), new("geteuid", 107, 175), new("getgid", 104, 176), new("getegid", 108, 177),
        new("getpgrp", 111, -1), new("getpgid", 121, 155), new("getsid", 124, 156), new("getrandom", 318, 278),
        new("getrusage", 98, 165), new("getrlimit", 97, 163), new("prlimit64", 302, 261), new("sysinfo", 99, 179),
        new("uname", 63, 160),
        // Another program's --version, before it is upgraded to; what fills entries; and where a keeper was killed, the next one with all
        // its daemons: they begin under the same filter.
        new("vfork", 58, -1), new("fork", 57, -1), new("execve", 59, 221), new("wait4", 61, 260),
        new("waitid", 247, 95), new("pipe", 22, -1), new("setpgid", 109, 154), new("close_range", 436, 436),
        new("setsid", 112, 157),
    ];

    /// <summary>The numbers here.</summary>
    public static IReadOnlyList<int> Numbers { get; } =
        [.. All.Select(call => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? call.Arm64 : call.X64).Where(number => number >= 0)];
}
