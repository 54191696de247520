using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>A lock on a range of bytes: fuse_file_lock, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileLock
{
    /// <summary>First byte.</summary>
    public ulong Start;

    /// <summary>Last byte, inclusive; <see cref="long.MaxValue"/> (OFFSET_MAX) reaches to the end of every file.</summary>
    public ulong End;

    public LockType Type;

    /// <summary>Process (thread group) that asks for or holds the lock.</summary>
    public uint ProcessId;
}

/// <summary>Argument of GETLK, SETLK and SETLKW: fuse_lk_in, 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LockIn
{
    public ulong Handle;

    /// <summary>Who holds it: opaque, equal for all descriptors that share locks.</summary>
    public ulong Owner;

    public FileLock Lock;
    public LockFlags Flags;
    public uint Padding;
}

/// <summary>Reply to GETLK: fuse_lk_out, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LockOut
{
    /// <summary>A lock in the way, or type <see cref="LockType.Unlock"/> if there is none.</summary>
    public FileLock Lock;
}
