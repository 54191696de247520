using System.Runtime.InteropServices;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>Open descriptors and the bytes behind them.</summary>
public static unsafe partial class Sys
{
    public static long Open(string path, int flags, int mode = 0) => OpenAt(AT_FDCWD, path, flags, mode);

    public static long Creat(string path, int mode) => Open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);

    public static long OpenAt(long dirFd, string path, int flags, int mode = 0)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Openat, (nint)dirFd, (nint)p, flags, mode);
    }

    /// <summary>openat2(2) with struct open_how { flags, mode, resolve }.</summary>
    public static long OpenAt2(long dirFd, string path, long flags, long mode, long resolve)
    {
        long* how = stackalloc long[] { flags, mode, resolve };
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Openat2, (nint)dirFd, (nint)p, (nint)how, 24);
    }

    public static long Close(long fd) => Call(SyscallNumber.Close, (nint)fd);

    public static long Dup(long fd) => Call(SyscallNumber.Dup, (nint)fd);

    public static long Pipe(out int reader, out int writer, int flags = 0)
    {
        int* ends = stackalloc int[2];
        long result = Call(SyscallNumber.Pipe2, (nint)ends, flags);
        (reader, writer) = (ends[0], ends[1]);
        return result;
    }

    public static long Read(long fd, Span<byte> buffer)
    {
        fixed (byte* b = buffer)
            return Call(SyscallNumber.Read, (nint)fd, (nint)b, buffer.Length);
    }

    public static long Write(long fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* b = buffer)
            return Call(SyscallNumber.Write, (nint)fd, (nint)b, buffer.Length);
    }

    public static long Pread(long fd, Span<byte> buffer, long offset)
    {
        fixed (byte* b = buffer)
            return Call(SyscallNumber.Pread, (nint)fd, (nint)b, buffer.Length, (nint)offset);
    }

    public static long Pwrite(long fd, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* b = buffer)
            return Call(SyscallNumber.Pwrite, (nint)fd, (nint)b, buffer.Length, (nint)offset);
    }

    /// <summary>preadv2(2) into several buffers; offset -1 uses and moves the file position.</summary>
    public static long Preadv2(long fd, byte[][] buffers, long offset, int flags) =>
        Vectored(SyscallNumber.Preadv2, fd, buffers, offset, flags);

    public static long Pwritev2(long fd, byte[][] buffers, long offset, int flags) =>
        Vectored(SyscallNumber.Pwritev2, fd, buffers, offset, flags);

    private static long Vectored(int number, long fd, byte[][] buffers, long offset, int flags)
    {
        nint* vector = stackalloc nint[2 * buffers.Length];
        var pins = new GCHandle[buffers.Length];
        for (int i = 0; i < buffers.Length; i++)
        {
            pins[i] = GCHandle.Alloc(buffers[i], GCHandleType.Pinned);
            vector[2 * i] = pins[i].AddrOfPinnedObject();
            vector[(2 * i) + 1] = buffers[i].Length;
        }
        long result = Call(number, (nint)fd, (nint)vector, buffers.Length, (nint)offset, 0, flags);
        foreach (GCHandle pin in pins)
            pin.Free();
        return result;
    }

    public static long Lseek(long fd, long offset, int whence) => Call(SyscallNumber.Lseek, (nint)fd, (nint)offset, whence);

    public static long Truncate(string path, long size)
    {
        fixed (byte* p = Bytes(path))
            return Call(SyscallNumber.Truncate, (nint)p, (nint)size);
    }

    public static long Ftruncate(long fd, long size) => Call(SyscallNumber.Ftruncate, (nint)fd, (nint)size);

    public static long Fallocate(long fd, int mode, long offset, long length) =>
        Call(SyscallNumber.Fallocate, (nint)fd, mode, (nint)offset, (nint)length);

    /// <summary>copy_file_range(2) at explicit offsets, which are not written back.</summary>
    public static long CopyFileRange(long fromFd, long fromOffset, long toFd, long toOffset, long length, int flags = 0) =>
        Call(SyscallNumber.CopyFileRange, (nint)fromFd, (nint)(&fromOffset), (nint)toFd, (nint)(&toOffset), (nint)length, flags);

    /// <summary>copy_file_range(2) at the file positions of both descriptors.</summary>
    public static long CopyFileRange(long fromFd, long toFd, long length) =>
        Call(SyscallNumber.CopyFileRange, (nint)fromFd, 0, (nint)toFd, 0, (nint)length);

    public static long Sendfile(long toFd, long fromFd, long length) =>
        Call(SyscallNumber.Sendfile, (nint)toFd, (nint)fromFd, 0, (nint)length);

    /// <summary>splice(2) at the file position of the end that is no pipe.</summary>
    public static long Splice(long fromFd, long toFd, long length) =>
        Call(SyscallNumber.Splice, (nint)fromFd, 0, (nint)toFd, 0, (nint)length);

    /// <summary>posix_fadvise(2); length 0 reaches to the end.</summary>
    public static long Fadvise(long fd, long offset, long length, int advice) =>
        Call(SyscallNumber.Fadvise, (nint)fd, (nint)offset, (nint)length, advice);

    public static long Fsync(long fd) => Call(SyscallNumber.Fsync, (nint)fd);

    public static long Fdatasync(long fd) => Call(SyscallNumber.Fdatasync, (nint)fd);

    public static long Syncfs(long fd) => Call(SyscallNumber.Syncfs, (nint)fd);

    public static long Fcntl(long fd, int command, long argument = 0) =>
        Call(SyscallNumber.Fcntl, (nint)fd, command, (nint)argument);

    public static long Ioctl(long fd, uint request, nint argument) => Call(SyscallNumber.Ioctl, (nint)fd, (nint)request, argument);

    /// <summary>poll(2) of one descriptor: the events that occurred, 0 at the timeout, or a negative errno.</summary>
    public static long Poll(long fd, short events, int timeoutMilliseconds)
    {
        long entry = (uint)fd | ((long)(ushort)events << 32);
        long* timeout = stackalloc long[] { timeoutMilliseconds / 1000, timeoutMilliseconds % 1000 * 1_000_000L };
        long result = Call(SyscallNumber.Ppoll, (nint)(&entry), 1, (nint)timeout, 0, 8);
        return result <= 0 ? result : (entry >> 48) & 0xFFFF;
    }
}
