namespace ByteFuse.Linux;

/// <summary>What statx(2) says of a file. Times are numbers of <see cref="FileTime"/>; blocks have 512 bytes whatever the file system's are.</summary>
public readonly record struct FileStatus
{
    internal FileStatus(in StatxLayout raw)
    {
        Size = (long)raw.Size;
        Blocks512 = (long)raw.Blocks;
        BlockSize = raw.BlockSize;
        ModifiedNs = Nanoseconds(raw.Modified);
        ChangedNs = Nanoseconds(raw.Changed);
        AccessedNs = Nanoseconds(raw.Accessed);
        BirthNs = (raw.Mask & FileCalls.StatxBirth) != 0 ? Nanoseconds(raw.Birth) : null;
        Mode = raw.Mode;
        LinkCount = raw.LinkCount;
        UserId = raw.UserId;
        GroupId = raw.GroupId;
        Device = DeviceNumber(raw.DeviceMajor, raw.DeviceMinor);
        RawDevice = DeviceNumber(raw.RawDeviceMajor, raw.RawDeviceMinor);
        Inode = raw.Inode;
    }

    /// <summary>Size in bytes.</summary>
    public long Size { get; }

    /// <summary>Allocated space in units of 512 bytes.</summary>
    public long Blocks512 { get; }

    /// <summary>The file system's preferred size of an I/O, in bytes.</summary>
    public uint BlockSize { get; }

    public long ModifiedNs { get; }

    public long ChangedNs { get; }

    public long AccessedNs { get; }

    /// <summary>When the file was made, where the file system keeps it.</summary>
    public long? BirthNs { get; }

    /// <summary>Type and permissions, as in st_mode.</summary>
    public uint Mode { get; }

    public uint LinkCount { get; }

    public uint UserId { get; }

    public uint GroupId { get; }

    /// <summary>The device that holds the file, in the kernel's 32-bit "new" encoding of major and minor.</summary>
    public ulong Device { get; }

    /// <summary>The device that a device file names, in the same encoding.</summary>
    public ulong RawDevice { get; }

    public ulong Inode { get; }

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public bool IsRegularFile => (Mode & 0xF000) == 0x8000;

    private static long Nanoseconds(in StatxTimeLayout time) => FileTime.From(time.Seconds, time.Nanoseconds);

    // new_encode_dev, include/linux/kdev_t.h
    private static ulong DeviceNumber(uint major, uint minor) => (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);
}
