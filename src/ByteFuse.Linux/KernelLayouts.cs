using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>struct timespec of 64-bit Linux, also __kernel_timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimespecLayout
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VectorLayout
{
    public nint Address;
    public nuint Length;

    public VectorLayout(NativeSlice slice)
    {
        Address = slice.Address;
        Length = (nuint)slice.Length;
    }
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageLayout
{
    public void* Name;
    public uint NameLength;
    public VectorLayout* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>siginfo_t as waitid(2) fills it on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct ChildStatusLayout
{
    public int Signal;
    public int Error;

    /// <summary>CLD_EXITED, or how a signal ended it.</summary>
    public int Code;
    private readonly int padding;
    public int Process;
    public uint User;
    public int Status;
}

/// <summary>struct cmsghdr; its data follows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeaderLayout
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxTimeLayout
{
    public long Seconds;
    public uint Nanoseconds;
    private readonly int reserved;
}

/// <summary>struct statx (include/uapi/linux/stat.h): the same on every architecture, which struct stat is not.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatxLayout
{
    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint LinkCount;
    public uint UserId;
    public uint GroupId;
    public ushort Mode;
    private readonly ushort reserved;
    public ulong Inode;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public StatxTimeLayout Accessed;
    public StatxTimeLayout Birth;
    public StatxTimeLayout Changed;
    public StatxTimeLayout Modified;
    public uint RawDeviceMajor;
    public uint RawDeviceMinor;
    public uint DeviceMajor;
    public uint DeviceMinor;
}

/// <summary>struct statvfs of glibc on 64-bit architectures.</summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
internal struct StatvfsLayout
{
    public ulong BlockSize;
    public ulong FragmentSize;
    public ulong Blocks;
    public ulong FreeBlocks;
    public ulong AvailableBlocks;
    public ulong Files;
    public ulong FreeFiles;
    public ulong AvailableFiles;
    public ulong FileSystemId;
    public ulong Flags;
    public ulong MaximumNameLength;
}

/// <summary>struct open_how.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHowLayout
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary>struct statfs of 64-bit Linux, of which only the type is read.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
internal struct StatfsLayout
{
    public long Type;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollLayout
{
    public int Descriptor;
    public short Events;
    public short Happened;
}
