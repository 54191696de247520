namespace ByteFuse.PosixSuite;

/// <summary>O_PATH descriptors, closed descriptors, ioctl, poll.</summary>
internal static class DescriptorChecks
{
    private static readonly (string Name, Func<long, long> Call)[] Refused =
    [
        ("read", fd => Sys.Read(fd, new byte[1])),
        ("write", fd => Sys.Write(fd, "x"u8)),
        ("pread", fd => Sys.Pread(fd, new byte[1], 0)),
        ("lseek", fd => Sys.Lseek(fd, 0, SEEK_SET)),
        ("ftruncate", fd => Sys.Ftruncate(fd, 0)),
        ("fsync", Sys.Fsync),
        ("fchmod", fd => Sys.Fchmod(fd, Octal(644))),
        ("fchown", fd => Sys.Fchown(fd, 0, 0)),
        ("fsetxattr", fd => Sys.FsetXattr(fd, "user.a", "v"u8)),
        ("getdents", fd => Sys.Getdents(fd, new byte[100], [])),
        ("flock", fd => Sys.Flock(fd, LOCK_SH)),
        ("F_SETLK", fd => Sys.FcntlLock(fd, F_SETLK, F_RDLCK, 0, 1)),
        ("mmap", fd => Sys.Mmap(4096, PROT_READ, MAP_SHARED, fd, 0)),
        ("ioctl", fd => Sys.Ioctl(fd, FIONREAD, 0)),
        ("fallocate", fd => Sys.Fallocate(fd, 0, 0, 10)),
        ("futimens", fd => Sys.Futimens(fd, 0, 0, 0, 0)),
    ];

    internal static CheckGroup Group { get; } = new("descriptors",
    [
        .. Refused.Select(row => new Check($"{row.Name} of an O_PATH descriptor is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, row.Call(f.Open("a", O_PATH)), row.Name);
        })),
        .. Refused.Select(row => new Check($"{row.Name} of a number that is not open is EBADF", _ => Fails(EBADF, row.Call(999_999), row.Name))),
        new("fstat and fstatfs of an O_PATH descriptor", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_PATH);
            Same(3L, FstatOf(fd).Size);
            Ok(Sys.Fstatfs(fd, out _));
        }),
        new("an O_PATH descriptor is reopened through /proc", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open($"/proc/thread-self/fd/{f.Open("a", O_PATH)}", O_RDWR);
            SameBytes("abc"u8, Pattern.Read(fd, 0, 10));
        }),
        new("an O_PATH descriptor of a link: readlink and fstat are the link's", f =>
        {
            Ok(Sys.Symlink("target", "link"));
            long fd = f.Open("link", O_PATH | O_NOFOLLOW);
            Same(S_IFLNK, FstatOf(fd).Type);
        }),
        new("opening with O_PATH needs no permission on the file", f =>
        {
            f.Create("a", 0);
            Ok(Sys.Close(f.AsAlice(() => Ok(Sys.Open("a", O_PATH)))));
        }),
        new("a file is always ready for poll", f =>
            Same((long)(POLLIN | POLLOUT), Sys.Poll(f.Open("a", O_RDWR | O_CREAT, Octal(644)), POLLIN | POLLOUT, 0))),
        new("FIONREAD tells what is left", f =>
        {
            f.Create("a", content: "0123456789");
            long fd = f.Open("a", O_RDONLY);
            Ok(Sys.Lseek(fd, 3, SEEK_SET));
            long memory = Ok(Sys.Mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
            f.Defer(() => Sys.Munmap(memory, 4096));
            Ok(Sys.Ioctl(fd, FIONREAD, (nint)memory));
            Same(7, BitConverter.ToInt32(Sys.Mapped(memory, 4)));
        }),
        new("an unknown ioctl is ENOTTY", f => Fails(ENOTTY, Sys.Ioctl(f.Open("a", O_RDWR | O_CREAT, Octal(644)), TCGETS, 0))),
        new("chdir to a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Chdir("a"));
            Fails(ENOTDIR, Sys.Fchdir(f.Open("a", O_RDONLY)));
        }),
        new("fchdir", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Ok(Sys.Fchdir(f.Open("d", O_RDONLY)));
            Ok(Sys.Stat("a", out _));
        }),
        new("500 open files at once", f =>
        {
            for (int i = 0; i < 500; i++)
                Ok(Sys.Pwrite(f.Open($"a{i}", O_RDWR | O_CREAT, Octal(644)), [(byte)i], 0));
            Same(500, f.Names().Length);
        }),
        new("the status of a file is one by stat, fstat and statx with every mask", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(640));
            Ok(Sys.Write(fd, "abc"u8));
            FileStatus one = StatOf("a"), two = FstatOf(fd);
            Ok(Sys.Statx(AT_FDCWD, "a", AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, out FileStatus three));
            Same((one.Inode, one.Size, one.FullMode, one.ModifyTime), (two.Inode, two.Size, two.FullMode, two.ModifyTime));
            Same((one.Inode, one.Size, one.FullMode, one.ModifyTime), (three.Inode, three.Size, three.FullMode, three.ModifyTime));
        }),
        new("statx delivers every basic field", f =>
        {
            f.Create("a");
            Same(STATX_BASIC_STATS, StatOf("a").Mask & STATX_BASIC_STATS);
        }),
        new("statx claims no attribute that its mask does not know", f =>
        {
            f.Create("a");
            f.Mkdir("d");
            foreach (FileStatus status in new[] { StatOf("a"), StatOf("d"), StatOf(".") })
                Same(0UL, status.Attributes & ~status.AttributesMask);
        }),
        new("statx with an unknown flag or a reserved mask is EINVAL", _ =>
        {
            Fails(EINVAL, Sys.Statx(AT_FDCWD, ".", 1 << 20, STATX_BASIC_STATS, out FileStatus _));
            Fails(EINVAL, Sys.Statx(AT_FDCWD, ".", 0, 0x80000000, out FileStatus _));
        }),
    ]);
}
