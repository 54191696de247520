using System.Runtime.InteropServices;

namespace ByteFuse.Testing;

/// <summary>struct statx_timestamp: seconds since 1970 and nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Timestamp(long Seconds, uint Nanoseconds, int Reserved = 0) : IComparable<Timestamp>
{
    public int CompareTo(Timestamp other) => (Seconds, Nanoseconds).CompareTo((other.Seconds, other.Nanoseconds));

    public static bool operator <(Timestamp a, Timestamp b) => a.CompareTo(b) < 0;

    public static bool operator >(Timestamp a, Timestamp b) => a.CompareTo(b) > 0;

    public static bool operator <=(Timestamp a, Timestamp b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Timestamp a, Timestamp b) => a.CompareTo(b) >= 0;

    public override string ToString() => $"{Seconds}.{Nanoseconds:D9}";
}

/// <summary>struct statx (include/uapi/linux/stat.h). Sizes in bytes, Blocks in units of 512 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct FileStatus
{
    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint LinkCount;
    public uint Uid;
    public uint Gid;
    public ushort FullMode;
    private readonly ushort _spare0;
    public ulong Inode;
    public long Size;
    public long Blocks;
    public ulong AttributesMask;
    public Timestamp AccessTime;
    public Timestamp BirthTime;
    public Timestamp ChangeTime;
    public Timestamp ModifyTime;
    public uint RdevMajor;
    public uint RdevMinor;
    public uint DevMajor;
    public uint DevMinor;
    public ulong MountId;

    /// <summary>The S_IFMT bits.</summary>
    public readonly int Type => FullMode & Abi.S_IFMT;

    /// <summary>Permission, set-id and sticky bits.</summary>
    public readonly int Mode => FullMode & 0xFFF;
}

/// <summary>struct statfs of 64-bit Linux. Block counts in units of BlockSize bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
public struct VolumeStatus
{
    public long Type;
    public long BlockSize;
    public ulong Blocks;
    public ulong BlocksFree;
    public ulong BlocksAvailable;
    public ulong Files;
    public ulong FilesFree;
    public ulong VolumeId;
    public long NameLength;
    public long FragmentSize;
    public long Flags;
}
