namespace ByteFuse.Linux;

/// <summary>
/// System calls on files and directories. Paths are null-terminated UTF-8 (a span without the null throws); strings are
/// for cold paths. EINTR is not retried here: the runtime's signal handlers restart system calls.
/// </summary>
public static unsafe class FileCalls
{
    internal const uint StatxBirth = 0x800;
    private const uint StatxBasic = 0x7FF;
    private const uint StatxBasicAndBirth = StatxBasic | StatxBirth;

    /// <summary>open(2) of an absolute or working-directory path; the descriptor is closed on exec.</summary>
    public static IoResult Open(string path, int flags, int mode = 0) => OpenAt(AtFlags.WorkingDirectory, path, flags, mode);

    /// <inheritdoc cref="OpenAt(int, ReadOnlySpan{byte}, int, int)"/>
    public static IoResult OpenAt(int directory, string path, int flags, int mode = 0) =>
        OpenAt(directory, PathBytes.Of(path), flags, mode);

    /// <summary>openat(2); the descriptor is always closed on exec.</summary>
    public static IoResult OpenAt(int directory, ReadOnlySpan<byte> path, int flags, int mode = 0)
    {
        PathBytes.RequireTerminated(path);
        fixed (byte* p = path) return LibC.Result(LibC.OpenAt(directory, p, flags | OpenFlags.CloseOnExec, (uint)mode));
    }

    /// <summary>
    /// openat2(2) with RESOLVE_CACHED: a descriptor, closed on exec, or ENOENT, where the kernel knows that without looking at a
    /// disk; EAGAIN where it does not, or <paramref name="flags"/> would make a file.
    /// </summary>
    public static IoResult OpenKnownAt(int directory, ReadOnlySpan<byte> path, int flags)
    {
        const long openAt2 = 437;
        const ulong resolveCached = 0x20;
        PathBytes.RequireTerminated(path);
        var how = new OpenHowLayout { Flags = (ulong)(flags | OpenFlags.CloseOnExec), Resolve = resolveCached };
        fixed (byte* p = path) return LibC.Result(LibC.Syscall(openAt2, directory, (long)p, (long)&how, sizeof(OpenHowLayout), 0, 0));
    }

    /// <summary>close(2). Not to be repeated upon EINTR: on Linux the descriptor is gone then.</summary>
    public static IoResult Close(int fd) => LibC.Result(LibC.Close(fd));

    /// <summary>fstat(2), by statx(2).</summary>
    public static Errno GetStatus(int fd, out FileStatus status) => GetStatusAt(fd, [0], AtFlags.EmptyPath, out status);

    /// <summary>stat(2) that follows symbolic links.</summary>
    public static Errno GetStatus(string path, out FileStatus status) => GetStatusAt(AtFlags.WorkingDirectory, path, 0, out status);

    /// <inheritdoc cref="GetStatusAt(int, ReadOnlySpan{byte}, int, out FileStatus)"/>
    public static Errno GetStatusAt(int directory, string path, int flags, out FileStatus status) =>
        GetStatusAt(directory, PathBytes.Of(path), flags, out status);

    /// <summary>fstatat(2), by statx(2).</summary>
    public static Errno GetStatusAt(int directory, ReadOnlySpan<byte> path, int flags, out FileStatus status) =>
        GetStatusAt(directory, path, flags, StatxBasicAndBirth, out status);

    /// <summary>As stat(2): without the birth time, which FUSE file systems are asked for each time.</summary>
    public static Errno GetBasicStatusAt(int directory, ReadOnlySpan<byte> path, int flags, out FileStatus status) =>
        GetStatusAt(directory, path, flags, StatxBasic, out status);

    private static Errno GetStatusAt(int directory, ReadOnlySpan<byte> path, int flags, uint fields, out FileStatus status)
    {
        PathBytes.RequireTerminated(path);
        StatxLayout raw;
        IoResult result;
        fixed (byte* p = path) result = LibC.Result(LibC.Statx(directory, p, flags, fields, &raw));
        status = result.Succeeded ? new FileStatus(raw) : default;
        return result.Error;
    }

    /// <summary>fstatvfs(3).</summary>
    public static Errno GetFileSystemStatus(int fd, out FileSystemStatus status)
    {
        StatvfsLayout raw;
        var result = LibC.Result(LibC.Fstatvfs(fd, &raw));
        status = result.Succeeded ? new FileSystemStatus(raw) : default;
        return result.Error;
    }

    /// <summary>True where the files of the file system that holds <paramref name="fd"/> are pages of memory alone (tmpfs, ramfs).</summary>
    public static bool IsInMemory(int fd)
    {
        // TMPFS_MAGIC and RAMFS_MAGIC, include/uapi/linux/magic.h
        StatfsLayout raw;
        return LibC.Fstatfs(fd, &raw) == 0 && raw.Type is 0x01021994 or 0x858458F6;
    }

    /// <inheritdoc cref="UnlinkAt(int, ReadOnlySpan{byte}, int)"/>
    public static IoResult UnlinkAt(int directory, string path, int flags = 0) => UnlinkAt(directory, PathBytes.Of(path), flags);

    /// <summary>unlinkat(2).</summary>
    public static IoResult UnlinkAt(int directory, ReadOnlySpan<byte> path, int flags = 0)
    {
        PathBytes.RequireTerminated(path);
        fixed (byte* p = path) return LibC.Result(LibC.UnlinkAt(directory, p, flags));
    }

    /// <inheritdoc cref="MakeDirectoryAt(int, ReadOnlySpan{byte}, int)"/>
    public static IoResult MakeDirectoryAt(int directory, string path, int mode) =>
        MakeDirectoryAt(directory, PathBytes.Of(path), mode);

    /// <summary>mkdirat(2).</summary>
    public static IoResult MakeDirectoryAt(int directory, ReadOnlySpan<byte> path, int mode)
    {
        PathBytes.RequireTerminated(path);
        fixed (byte* p = path) return LibC.Result(LibC.MkdirAt(directory, p, (uint)mode));
    }

    /// <summary>renameat2(2).</summary>
    public static IoResult RenameAt(int sourceDirectory, ReadOnlySpan<byte> source, int targetDirectory, ReadOnlySpan<byte> target,
        uint flags = 0)
    {
        PathBytes.RequireTerminated(source);
        PathBytes.RequireTerminated(target);
        fixed (byte* s = source)
        fixed (byte* t = target)
            return LibC.Result(LibC.RenameAt2(sourceDirectory, s, targetDirectory, t, flags));
    }

    /// <summary>renameat2(2) of paths from the working directory.</summary>
    public static IoResult Rename(string source, string target) =>
        RenameAt(AtFlags.WorkingDirectory, PathBytes.Of(source), AtFlags.WorkingDirectory, PathBytes.Of(target));

    /// <summary>linkat(2).</summary>
    public static IoResult LinkAt(int sourceDirectory, ReadOnlySpan<byte> source, int targetDirectory, ReadOnlySpan<byte> target,
        int flags = 0)
    {
        PathBytes.RequireTerminated(source);
        PathBytes.RequireTerminated(target);
        fixed (byte* s = source)
        fixed (byte* t = target)
            return LibC.Result(LibC.LinkAt(sourceDirectory, s, targetDirectory, t, flags));
    }

    /// <summary>symlinkat(2).</summary>
    public static IoResult SymlinkAt(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> path)
    {
        PathBytes.RequireTerminated(target);
        PathBytes.RequireTerminated(path);
        fixed (byte* t = target)
        fixed (byte* p = path)
            return LibC.Result(LibC.SymlinkAt(t, directory, p));
    }

    /// <summary>readlinkat(2): the number of bytes of the target, which is cut where it does not fit and has no null.</summary>
    public static IoResult ReadLinkAt(int directory, ReadOnlySpan<byte> path, Span<byte> target)
    {
        PathBytes.RequireTerminated(path);
        fixed (byte* p = path)
        fixed (byte* t = target)
            return LibC.Result(LibC.ReadlinkAt(directory, p, t, (nuint)target.Length));
    }

    /// <summary>getdents64(2): the number of bytes of entries, 0 at the end; read them with <see cref="DirectoryEntryReader"/>.</summary>
    public static IoResult ReadDirectory(int fd, Span<byte> entries)
    {
        fixed (byte* p = entries) return LibC.Result(LibC.Getdents64(fd, p, (nuint)entries.Length));
    }

    /// <summary>ftruncate(2).</summary>
    public static IoResult Truncate(int fd, long length) => LibC.Result(LibC.Ftruncate(fd, length));

    /// <summary>fallocate(2); modes in <see cref="AllocationModes"/>.</summary>
    public static IoResult Allocate(int fd, int mode, long offset, long length) =>
        LibC.Result(LibC.Fallocate(fd, mode, offset, length));

    /// <summary>lseek(2): the new offset; whence in <see cref="SeekOrigins"/>. ENXIO beyond the last data.</summary>
    public static IoResult Seek(int fd, long offset, int whence) => LibC.Result(LibC.Lseek(fd, offset, whence));

    /// <summary>copy_file_range(2) with explicit offsets: the number of bytes copied, which may be short.</summary>
    public static IoResult CopyRange(int source, long sourceOffset, int target, long targetOffset, long length) =>
        LibC.Result(LibC.CopyFileRange(source, &sourceOffset, target, &targetOffset, (nuint)length, 0));

    /// <summary>futimens(3); numbers of <see cref="FileTime"/> or a value of <see cref="FileTimes"/>.</summary>
    public static IoResult SetTimes(int fd, long accessedNs, long modifiedNs)
    {
        var times = stackalloc TimespecLayout[2] { Timespec(accessedNs), Timespec(modifiedNs) };
        return LibC.Result(LibC.Futimens(fd, times));
    }

    /// <summary>utimensat(2); numbers of <see cref="FileTime"/> or a value of <see cref="FileTimes"/>.</summary>
    public static IoResult SetTimesAt(int directory, ReadOnlySpan<byte> path, long accessedNs, long modifiedNs, int flags = 0)
    {
        PathBytes.RequireTerminated(path);
        var times = stackalloc TimespecLayout[2] { Timespec(accessedNs), Timespec(modifiedNs) };
        fixed (byte* p = path) return LibC.Result(LibC.UtimensAt(directory, p, times, flags));
    }

    /// <summary>fchmod(2).</summary>
    public static IoResult SetMode(int fd, int mode) => LibC.Result(LibC.Fchmod(fd, (uint)mode));

    /// <summary>fsync(2), or fdatasync(2) where only the data matters.</summary>
    public static IoResult Sync(int fd, bool dataOnly = false) => LibC.Result(dataOnly ? LibC.Fdatasync(fd) : LibC.Fsync(fd));

    /// <summary>syncfs(2): the whole file system that holds <paramref name="fd"/>.</summary>
    public static IoResult SyncFileSystem(int fd) => LibC.Result(LibC.Syncfs(fd));

    /// <summary>sync(2): every file system of the machine.</summary>
    public static void SyncEverything() => LibC.Sync();

    /// <summary>flock(2); operations in <see cref="LockOperations"/>.</summary>
    public static IoResult Lock(int fd, int operation) => LibC.Result(LibC.Flock(fd, operation));

    /// <summary>read(2).</summary>
    public static IoResult Read(int fd, Span<byte> into)
    {
        fixed (byte* p = into) return LibC.Result(LibC.Read(fd, p, (nuint)into.Length));
    }

    /// <summary>write(2).</summary>
    public static IoResult Write(int fd, ReadOnlySpan<byte> from)
    {
        fixed (byte* p = from) return LibC.Result(LibC.Write(fd, p, (nuint)from.Length));
    }

    /// <summary>pread(2).</summary>
    public static IoResult ReadAt(int fd, Span<byte> into, long offset)
    {
        fixed (byte* p = into) return LibC.Result(LibC.Pread(fd, p, (nuint)into.Length, offset));
    }

    /// <summary>
    /// preadv2(2) with RWF_NOWAIT: what can be read without waiting for a disk. EAGAIN where nothing can, EOPNOTSUPP where the file
    /// system does not know that.
    /// </summary>
    public static IoResult ReadNow(int fd, NativeSlice into, long offset)
    {
        const int noWait = 8;
        var vector = new VectorLayout(into);
        return LibC.Result(LibC.Preadv2(fd, &vector, 1, offset, noWait));
    }

    /// <summary>pwrite(2).</summary>
    public static IoResult WriteAt(int fd, ReadOnlySpan<byte> from, long offset)
    {
        fixed (byte* p = from) return LibC.Result(LibC.Pwrite(fd, p, (nuint)from.Length, offset));
    }

    /// <summary>readv(2) into two parts, as /dev/fuse needs for a header and a payload in different places.</summary>
    public static IoResult ReadVector(int fd, NativeSlice first, NativeSlice second)
    {
        var vectors = stackalloc VectorLayout[2] { new(first), new(second) };
        return LibC.Result(LibC.Readv(fd, vectors, 2));
    }

    /// <summary>writev(2) of two parts.</summary>
    public static IoResult WriteVector(int fd, NativeSlice first, NativeSlice second)
    {
        var vectors = stackalloc VectorLayout[2] { new(first), new(second) };
        return LibC.Result(LibC.Writev(fd, vectors, 2));
    }

    /// <summary>writev(2) of two parts in managed memory.</summary>
    public static IoResult WriteVector(int fd, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* f = first)
        fixed (byte* s = second)
        {
            var vectors = stackalloc VectorLayout[2]
            {
                new() { Address = (nint)f, Length = (nuint)first.Length },
                new() { Address = (nint)s, Length = (nuint)second.Length },
            };
            return LibC.Result(LibC.Writev(fd, vectors, 2));
        }
    }

    /// <summary>preadv(2) into two parts.</summary>
    public static IoResult ReadVectorAt(int fd, NativeSlice first, NativeSlice second, long offset)
    {
        var vectors = stackalloc VectorLayout[2] { new(first), new(second) };
        return LibC.Result(LibC.Preadv(fd, vectors, 2, offset));
    }

    /// <summary>pwritev(2) of two parts.</summary>
    public static IoResult WriteVectorAt(int fd, NativeSlice first, NativeSlice second, long offset)
    {
        var vectors = stackalloc VectorLayout[2] { new(first), new(second) };
        return LibC.Result(LibC.Pwritev(fd, vectors, 2, offset));
    }

    /// <summary>pipe2(2), both ends closed on exec.</summary>
    public static Errno CreatePipe(out int readEnd, out int writeEnd, bool nonBlocking = false)
    {
        var ends = stackalloc int[2];
        var flags = OpenFlags.CloseOnExec | (nonBlocking ? OpenFlags.NonBlocking : 0);
        var result = LibC.Result(LibC.Pipe2(ends, flags));
        (readEnd, writeEnd) = result.Succeeded ? (ends[0], ends[1]) : (-1, -1);
        return result.Error;
    }

    /// <summary>A second descriptor of the same open file, closed on exec (F_DUPFD_CLOEXEC).</summary>
    public static IoResult Duplicate(int fd) => LibC.Result(LibC.Fcntl(fd, 1030, 0));

    /// <summary>Puts the open file of <paramref name="fd"/> in the place of <paramref name="replaced"/>, which lives through exec (dup2).</summary>
    public static IoResult Replace(int fd, int replaced) => LibC.Result(LibC.Dup3(fd, replaced, 0));

    /// <summary>Lets a descriptor live through exec, or not (F_SETFD).</summary>
    public static IoResult SetCloseOnExec(int fd, bool close) => LibC.Result(LibC.Fcntl(fd, 2, close ? 1 : 0));

    /// <summary>Sets or clears O_NONBLOCK, leaving the other status flags (F_GETFL, F_SETFL).</summary>
    public static IoResult SetNonBlocking(int fd, bool nonBlocking)
    {
        var flags = LibC.Result(LibC.Fcntl(fd, 3, 0));
        if (!flags.Succeeded) return flags;
        var changed = nonBlocking ? flags.Value | OpenFlags.NonBlocking : flags.Value & ~OpenFlags.NonBlocking;
        return LibC.Result(LibC.Fcntl(fd, 4, changed));
    }

    private static TimespecLayout Timespec(long time)
    {
        // UTIME_NOW and UTIME_OMIT, include/linux/stat.h
        if (time == FileTimes.Now) return new TimespecLayout { Nanoseconds = (1 << 30) - 1 };
        if (time == FileTimes.Omit) return new TimespecLayout { Nanoseconds = (1 << 30) - 2 };
        return new TimespecLayout { Seconds = FileTime.Seconds(time), Nanoseconds = FileTime.Nanoseconds(time) };
    }
}
