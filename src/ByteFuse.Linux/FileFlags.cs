using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>Flags of open(2), in the values of the running architecture (x86-64 and arm64 differ in four of them).</summary>
public static class OpenFlags
{
    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int AccessMask = 3;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int DataSync = 0x1000;
    public const int NoAccessTime = 0x40000;
    public const int CloseOnExec = 0x80000;
    public const int Sync = 0x101000;
    public const int PathOnly = 0x200000;

    /// <summary>O_DIRECT.</summary>
    public static int Direct => Arm ? 0x10000 : 0x4000;

    /// <summary>O_DIRECTORY.</summary>
    public static int Directory => Arm ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW.</summary>
    public static int NoFollow => Arm ? 0x8000 : 0x20000;

    /// <summary>O_TMPFILE.</summary>
    public static int Unnamed => 0x400000 | Directory;
}

/// <summary>Flags of the *at system calls (include/uapi/linux/fcntl.h).</summary>
public static class AtFlags
{
    /// <summary>AT_FDCWD: in place of a directory, the working directory.</summary>
    public const int WorkingDirectory = -100;
    public const int SymlinkNoFollow = 0x100;
    public const int RemoveDirectory = 0x200;
    public const int SymlinkFollow = 0x400;
    public const int EmptyPath = 0x1000;
}

/// <summary>Modes of fallocate(2) (include/uapi/linux/falloc.h).</summary>
public static class AllocationModes
{
    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int ZeroRange = 16;
}

/// <summary>Whence of lseek(2).</summary>
public static class SeekOrigins
{
    public const int Start = 0;
    public const int Current = 1;
    public const int End = 2;
    public const int Data = 3;
    public const int Hole = 4;
}

/// <summary>Operations of flock(2).</summary>
public static class LockOperations
{
    public const int Shared = 1;
    public const int Exclusive = 2;
    public const int NonBlocking = 4;
    public const int Unlock = 8;
}

/// <summary>Flags of renameat2(2).</summary>
public static class RenameFlags
{
    public const uint NoReplace = 1;
    public const uint Exchange = 2;
    public const uint Whiteout = 4;
}

/// <summary>Events of poll(2) and epoll(7).</summary>
public static class PollEvents
{
    public const uint Readable = 1;
    public const uint Writable = 4;
    public const uint Error = 8;
    public const uint HangUp = 16;

    /// <summary>EPOLLEXCLUSIVE: of several pollers of one file, wake one.</summary>
    public const uint Exclusive = 1u << 28;
}

/// <summary>Times for <see cref="FileCalls.SetTimes(int, long, long)"/> that are not times.</summary>
public static class FileTimes
{
    /// <summary>UTIME_NOW.</summary>
    public const long Now = long.MaxValue;

    /// <summary>UTIME_OMIT: leave as it is.</summary>
    public const long Omit = long.MinValue;
}
