namespace ByteFuse.Linux;

/// <summary>memfd_create(2), mmap(2), mlock(2) and madvise(2).</summary>
public static unsafe class SharedMemory
{
    public const int ProtectRead = 1;
    public const int ProtectWrite = 2;

    public const int MapShared = 1;
    public const int MapPrivate = 2;
    public const int MapAnonymous = 0x20;
    public const int MapPopulate = 0x8000;
    public const int MapHugePages = 0x40000;

    /// <summary>MAP_FIXED_NOREPLACE: at this address or EEXIST; never over something else, as MAP_FIXED would.</summary>
    public const int MapFixedNoReplace = 0x100000;

    public const uint MemfdCloseOnExec = 1;
    public const uint MemfdAllowSealing = 2;
    public const uint MemfdHugePages = 4;

    public const int AdviseHugePages = 14;
    public const int AdviseDontDump = 16;

    /// <summary>MADV_POPULATE_WRITE (Linux 5.14): faults all pages in now, to be written to.</summary>
    public const int AdvisePopulateWrite = 23;

    /// <summary>MADV_COLLAPSE (Linux 6.1): make huge pages of it now; blocks for the time of copying.</summary>
    public const int AdviseCollapse = 25;

    /// <summary>memfd_create(2): a file in memory that lives as long as a descriptor or a mapping of it.</summary>
    public static IoResult CreateFile(string name, uint flags = MemfdCloseOnExec)
    {
        fixed (byte* p = PathBytes.Of(name)) return LibC.Result(LibC.MemfdCreate(p, flags));
    }

    /// <summary>F_ADD_SEALS of fcntl(2), on a file that allows sealing.</summary>
    public static IoResult Seal(int fd, int seals) => LibC.Result(LibC.Fcntl(fd, 1033, seals));

    /// <summary>mmap(2); lengths in bytes.</summary>
    public static Errno Map(nint address, long length, int protection, int flags, int fd, long offset, out nint mapped)
    {
        mapped = LibC.Mmap(address, (nuint)length, protection, flags, fd, offset);
        if (mapped == -1)
        {
            mapped = 0;
            return LibC.Result(-1).Error;
        }
        // Kernels before 4.17 take MAP_FIXED_NOREPLACE for a hint.
        if ((flags & MapFixedNoReplace) == 0 || mapped == address) return Errno.None;
        Unmap(mapped, length);
        mapped = 0;
        return Errno.EEXIST;
    }

    /// <summary>munmap(2). Every slice of the mapping dangles afterwards.</summary>
    public static IoResult Unmap(nint address, long length) => LibC.Result(LibC.Munmap(address, (nuint)length));

    /// <summary>mlock(2).</summary>
    public static IoResult Lock(nint address, long length) => LibC.Result(LibC.Mlock(address, (nuint)length));

    /// <summary>madvise(2).</summary>
    public static IoResult Advise(nint address, long length, int advice) => LibC.Result(LibC.Madvise(address, (nuint)length, advice));
}
