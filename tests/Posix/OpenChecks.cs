namespace ByteFuse.PosixSuite;

/// <summary>open(2): flags against what the name is.</summary>
internal static class OpenChecks
{
    private static readonly string[] Kinds = ["absent", "file", "dir", "to-file", "to-nothing", "to-dir", "fifo", "device", "socket"];

    // One row per set of flags, one errno per kind above (0: succeeds). All opens add O_NONBLOCK, for the FIFO.
    private static readonly (string Name, int Flags, int[] Errnos)[] Table =
    [
        ("O_RDONLY", O_RDONLY, [ENOENT, 0, 0, 0, ENOENT, 0, 0, 0, ENXIO]),
        ("O_WRONLY", O_WRONLY, [ENOENT, 0, EISDIR, 0, ENOENT, EISDIR, ENXIO, 0, ENXIO]),
        ("O_RDWR", O_RDWR, [ENOENT, 0, EISDIR, 0, ENOENT, EISDIR, 0, 0, ENXIO]),
        ("O_CREAT", O_RDWR | O_CREAT, [0, 0, EISDIR, 0, 0, EISDIR, 0, 0, ENXIO]),
        ("O_CREAT|O_EXCL", O_RDWR | O_CREAT | O_EXCL, [0, EEXIST, EEXIST, EEXIST, EEXIST, EEXIST, EEXIST, EEXIST, EEXIST]),
        ("O_TRUNC", O_RDWR | O_TRUNC, [ENOENT, 0, EISDIR, 0, ENOENT, EISDIR, 0, 0, ENXIO]),
        ("O_DIRECTORY", O_DIRECTORY, [ENOENT, ENOTDIR, 0, ENOTDIR, ENOENT, 0, ENOTDIR, ENOTDIR, ENOTDIR]),
        ("O_NOFOLLOW", O_NOFOLLOW, [ENOENT, 0, 0, ELOOP, ELOOP, ELOOP, 0, 0, ENXIO]),
        ("O_DIRECTORY|O_NOFOLLOW", O_DIRECTORY | O_NOFOLLOW,
            [ENOENT, ENOTDIR, 0, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR]),
        ("O_PATH", O_PATH, [ENOENT, 0, 0, 0, ENOENT, 0, 0, 0, 0]),
        ("O_PATH|O_NOFOLLOW", O_PATH | O_NOFOLLOW, [ENOENT, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("O_CREAT|O_NOFOLLOW", O_RDWR | O_CREAT | O_NOFOLLOW, [0, 0, EISDIR, ELOOP, ELOOP, ELOOP, 0, 0, ENXIO]),
        ("O_CREAT|O_DIRECTORY", O_RDWR | O_CREAT | O_DIRECTORY,
            [EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL]),
    ];

    internal static CheckGroup Group { get; } = new("open",
    [
        .. Table.SelectMany(row => Kinds.Select((kind, i) => new Check(
            $"{row.Name} of {kind}: {(row.Errnos[i] == 0 ? "succeeds" : ErrnoName(row.Errnos[i]))}",
            f => OpenOne(f, kind, row.Flags, row.Errnos[i])))),
        new("O_TRUNC empties a file", f =>
        {
            f.Create("a", content: "hello");
            f.Open("a", O_WRONLY | O_TRUNC);
            Same(0L, StatOf("a").Size);
        }),
        new("O_RDONLY|O_TRUNC empties a file", f =>
        {
            f.Create("a", content: "hello");
            f.Open("a", O_RDONLY | O_TRUNC);
            Same(0L, StatOf("a").Size);
        }),
        new("O_CREAT of an existing file keeps content and mode", f =>
        {
            f.Create("a", 640, "hello");
            f.Open("a", O_RDWR | O_CREAT, Octal(777));
            Same("hello", f.Content("a"));
            SameMode(Octal(640), StatOf("a").Mode);
        }),
        new("O_CREAT through a dangling link creates its target", f =>
        {
            Ok(Sys.Symlink("target", "link"));
            f.Open("link", O_RDWR | O_CREAT, Octal(600));
            Same(S_IFREG, LstatOf("target").Type);
        }),
        new("O_CREAT with mode 0 returns a writable descriptor", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, 0);
            Same(3L, Sys.Write(fd, "abc"u8));
            SameMode(0, StatOf("a").Mode);
        }),
        new("read on O_WRONLY is EBADF", f => Fails(EBADF, Sys.Read(f.Open("a", O_WRONLY | O_CREAT, Octal(644)), new byte[1]))),
        new("write on O_RDONLY is EBADF", f => Fails(EBADF, Sys.Write(f.Open("a", O_RDONLY | O_CREAT, Octal(644)), new byte[1]))),
        new("read of a folder is EISDIR", f => Fails(EISDIR, Sys.Read(f.Open(".", O_RDONLY), new byte[1]))),
        new("two opens have two positions", f =>
        {
            f.Create("a", content: "abcdef");
            long one = f.Open("a", O_RDONLY), two = f.Open("a", O_RDONLY);
            var buffer = new byte[3];
            Same(3L, Sys.Read(one, buffer));
            Same(3L, Sys.Read(two, buffer));
            SameBytes("abc"u8, buffer);
        }),
        new("dup shares the position", f =>
        {
            f.Create("a", content: "abcdef");
            long one = f.Open("a", O_RDONLY), two = Ok(Sys.Dup(one));
            f.Defer(() => Sys.Close(two));
            var buffer = new byte[3];
            Same(3L, Sys.Read(one, buffer));
            Same(3L, Sys.Read(two, buffer));
            SameBytes("def"u8, buffer);
        }),
        new("F_GETFL tells the flags of the open", f =>
            Same((long)(O_RDWR | O_APPEND), Sys.Fcntl(f.Open("a", O_RDWR | O_APPEND | O_CREAT, 0), F_GETFL) & (O_ACCMODE | O_APPEND))),
        new("trailing slash on a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Open("a/", O_RDONLY));
        }),
        new("O_CREAT with a trailing slash is EISDIR", _ => Fails(EISDIR, Sys.Open("a/", O_RDWR | O_CREAT, Octal(644)))),
        new("trailing slash on a link to a folder follows it", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Symlink("d", "link"));
            f.Open("link/", O_RDONLY | O_NOFOLLOW);
        }),
        new("openat relative to a folder", f =>
        {
            f.Mkdir("d");
            long folder = f.Open("d", O_RDONLY | O_DIRECTORY);
            long fd = Ok(Sys.OpenAt(folder, "x", O_RDWR | O_CREAT, Octal(644)));
            Ok(Sys.Close(fd));
            Same(S_IFREG, StatOf("d/x").Type);
        }),
        new("openat relative to an O_PATH folder", f =>
        {
            f.Mkdir("d");
            f.Create("d/x");
            long fd = Ok(Sys.OpenAt(f.Open("d", O_PATH), "x", O_RDONLY));
            Ok(Sys.Close(fd));
        }),
        new("openat relative to a file is ENOTDIR", f => Fails(ENOTDIR, Sys.OpenAt(f.Open("a", O_RDWR | O_CREAT, 0), "x", O_RDONLY))),
        new("openat2 RESOLVE_NO_SYMLINKS is ELOOP at a link", f =>
        {
            const int ResolveNoSymlinks = 4;
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Fails(ELOOP, Sys.OpenAt2(AT_FDCWD, "link", O_RDONLY, 0, ResolveNoSymlinks));
        }),
        new("openat2 RESOLVE_BENEATH is EXDEV at ..", f =>
        {
            const int ResolveBeneath = 8;
            f.Mkdir("d");
            Fails(EXDEV, Sys.OpenAt2(f.Open("d", O_PATH), "../x", O_RDONLY, 0, ResolveBeneath));
        }),
        new("O_NOATIME is EPERM for others than the owner", f =>
        {
            f.Create("a", 666);
            Fails(EPERM, f.AsAlice(() => Sys.Open("a", O_RDONLY | O_NOATIME)));
            f.Own("a");
            Ok(Sys.Close(f.AsAlice(() => Ok(Sys.Open("a", O_RDONLY | O_NOATIME)))));
        }),
    ]);

    /// <summary>Makes an entry "x" of this kind.</summary>
    internal static void Make(CheckFolder f, string kind, string name = "x")
    {
        switch (kind)
        {
            case "file":
                f.Create(name, 644, "data");
                break;
            case "dir":
                f.Mkdir(name);
                break;
            case "to-file":
                f.Create("target", 644, "data");
                Ok(Sys.Symlink("target", name));
                break;
            case "to-nothing":
                Ok(Sys.Symlink("nothing", name));
                break;
            case "to-dir":
                f.Mkdir("target");
                Ok(Sys.Symlink("target", name));
                break;
            case "fifo":
                Ok(Sys.Mkfifo(name, Octal(644)));
                break;
            case "device":
                Ok(Sys.Mknod(name, S_IFCHR | Octal(666), Sys.Device(1, 3)));
                break;
            case "socket":
                Ok(Sys.Mknod(name, S_IFSOCK | Octal(644)));
                break;
        }
    }

    private static void OpenOne(CheckFolder f, string kind, int flags, int errno)
    {
        Make(f, kind);
        string[] before = f.Names();
        long fd = Sys.Open("x", flags | O_NONBLOCK | O_CLOEXEC, Octal(644));
        if (fd >= 0)
            f.Defer(() => Sys.Close(fd));
        Result(errno, fd, $"open x with flags {flags:x}");
        bool creates = errno == 0 && kind is "absent" or "to-nothing" && (flags & O_CREAT) != 0 && errno == 0;
        Same(before.Length + (creates ? 1 : 0), f.Names().Length);
    }
}
