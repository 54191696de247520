using System.Runtime.InteropServices;

namespace ByteFuse.Testing;

/// <summary>struct flock of 64-bit Linux: offsets and lengths in bytes; length 0 reaches to the end.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LockRange
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;
    public int Pid;
}

/// <summary>Advisory locks.</summary>
public static unsafe partial class Sys
{
    public static long Flock(long fd, int operation) => Call(SyscallNumber.Flock, (nint)fd, operation);

    /// <summary>fcntl(2) with a lock command (F_GETLK, F_SETLK, F_SETLKW or their OFD forms).</summary>
    public static long FcntlLock(long fd, int command, ref LockRange range)
    {
        fixed (LockRange* r = &range)
            return Call(SyscallNumber.Fcntl, (nint)fd, command, (nint)r);
    }

    /// <summary>Sets or waits for a lock on [start, start + length).</summary>
    public static long FcntlLock(long fd, int command, short type, long start, long length)
    {
        var range = new LockRange { Type = type, Start = start, Length = length };
        return FcntlLock(fd, command, ref range);
    }
}
