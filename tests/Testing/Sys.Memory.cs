namespace ByteFuse.Testing;

/// <summary>Memory maps.</summary>
public static unsafe partial class Sys
{
    /// <summary>mmap(2) at an address of the kernel's choice: the address, or a negative errno.</summary>
    public static long Mmap(long length, int protection, int flags, long fd, long offset) =>
        Call(SyscallNumber.Mmap, 0, (nint)length, protection, flags, (nint)fd, (nint)offset);

    public static long Munmap(long address, long length) => Call(SyscallNumber.Munmap, (nint)address, (nint)length);

    public static long Mprotect(long address, long length, int protection) =>
        Call(SyscallNumber.Mprotect, (nint)address, (nint)length, protection);

    public static long Msync(long address, long length, int flags) => Call(SyscallNumber.Msync, (nint)address, (nint)length, flags);

    public static long Madvise(long address, long length, int advice) =>
        Call(SyscallNumber.Madvise, (nint)address, (nint)length, advice);

    /// <summary>The mapped bytes; the caller keeps the mapping alive while it uses them.</summary>
    public static Span<byte> Mapped(long address, int length) => new((void*)address, length);
}
