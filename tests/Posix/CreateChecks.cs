namespace ByteFuse.PosixSuite;

/// <summary>What a new entry looks like: type, mode by umask, owner, links, size.</summary>
internal static class CreateChecks
{
    private static readonly (string Name, int Type, Func<string, int, long> Call)[] Makers =
    [
        ("open", S_IFREG, (name, mode) => CloseNew(Sys.Open(name, O_RDWR | O_CREAT | O_EXCL, mode))),
        ("creat", S_IFREG, (name, mode) => CloseNew(Sys.Creat(name, mode))),
        ("mknod file", S_IFREG, (name, mode) => Sys.Mknod(name, S_IFREG | mode)),
        ("mknod without a type", S_IFREG, (name, mode) => Sys.Mknod(name, mode)),
        ("mkdir", S_IFDIR, Sys.Mkdir),
        ("mkfifo", S_IFIFO, Sys.Mkfifo),
        ("mknod socket", S_IFSOCK, (name, mode) => Sys.Mknod(name, S_IFSOCK | mode)),
        ("mknod character device", S_IFCHR, (name, mode) => Sys.Mknod(name, S_IFCHR | mode, Sys.Device(1, 3))),
        ("mknod block device", S_IFBLK, (name, mode) => Sys.Mknod(name, S_IFBLK | mode, Sys.Device(7, 0))),
    ];

    internal static CheckGroup Group { get; } = new("create",
    [
        .. Makers.Select(maker => new Check($"{maker.Name}: type, mode, owner, links", _ =>
        {
            Ok(maker.Call("x", Octal(754)));
            FileStatus status = LstatOf("x");
            Same(maker.Type, status.Type);
            SameMode(Octal(754), status.Mode);
            Same(0u, status.Uid);
            Same(0u, status.Gid);
            Same(maker.Type == S_IFDIR ? 2u : 1u, status.LinkCount);
            if (maker.Type != S_IFDIR)
                Same(0L, status.Size);
        })),
        .. Makers.Select(maker => new Check($"{maker.Name}: the umask is taken off the mode", _ =>
        {
            Sys.Umask(Octal(27));
            Ok(maker.Call("x", Octal(777)));
            SameMode(Octal(750), LstatOf("x").Mode);
        })),
        .. Makers.Where(maker => maker.Name != "creat").Select(maker => new Check($"{maker.Name} over an existing name is EEXIST", f =>
        {
            f.Create("x", content: "old");
            Fails(EEXIST, maker.Call("x", Octal(644)));
            Same("old", f.Content("x"));
        })),
        .. Makers.Where(maker => maker.Name != "creat").Select(maker => new Check($"{maker.Name} over a dangling link is EEXIST", f =>
        {
            Ok(Sys.Symlink("nothing", "x"));
            Fails(EEXIST, maker.Call("x", Octal(644)));
            Same(1, f.Names().Length);
        })),
        .. Makers.Where(maker => maker.Type is S_IFREG or S_IFDIR or S_IFIFO or S_IFSOCK).Select(maker =>
            new Check($"{maker.Name} as a user belongs to the user", f =>
            {
                Ok(f.As(Credentials.User(CheckFolder.Alice, CheckFolder.Staff), () => maker.Call("x", Octal(700))));
                FileStatus status = LstatOf("x");
                Same((uint)CheckFolder.Alice, status.Uid);
                Same((uint)CheckFolder.Staff, status.Gid);
            })),
        .. Makers.Where(maker => maker.Type is S_IFCHR or S_IFBLK).Select(maker =>
            new Check($"{maker.Name} as a user is EPERM", f => Fails(EPERM, f.AsAlice(() => maker.Call("x", Octal(700)))))),
        new("creat over a file empties it and keeps its mode", f =>
        {
            f.Create("x", 640, "old");
            Ok(CloseNew(Sys.Creat("x", Octal(777))));
            Same(0L, StatOf("x").Size);
            SameMode(Octal(640), StatOf("x").Mode);
        }),
        new("the user's umask, not the process's, counts", f =>
        {
            Ok(f.AsAlice(() =>
            {
                Sys.Umask(Octal(77));
                return CloseNew(Sys.Creat("x", Octal(666)));
            }));
            SameMode(Octal(600), StatOf("x").Mode);
        }),
        new("mknod of a folder is EPERM", _ => Fails(EPERM, Sys.Mknod("x", S_IFDIR | Octal(755)))),
        new("mknod of a link is EINVAL", _ => Fails(EINVAL, Sys.Mknod("x", S_IFLNK | Octal(755)))),
        new("suid, sgid and sticky bits of a file are taken as asked", f =>
        {
            f.Create("x", 7755);
            SameMode(Octal(7755), StatOf("x").Mode);
        }),
        new("mkdir takes the sticky bit", f =>
        {
            f.Mkdir("x", 1777);
            SameMode(Octal(1777), StatOf("x").Mode);
        }),
        new("mkdir drops suid and sgid of the mode asked for", f =>
        {
            f.Mkdir("x", 6755);
            SameMode(Octal(755), StatOf("x").Mode);
        }),
        new("a created file is listed at once", f =>
        {
            f.Create("x");
            Same("x", string.Join(' ', f.Names()));
        }),
        new("two files have two inode numbers", f =>
        {
            f.Create("a");
            f.Create("b");
            True(StatOf("a").Inode != StatOf("b").Inode);
        }),
        new("the inode number stays over rename, link and write", f =>
        {
            f.Create("a");
            ulong inode = StatOf("a").Inode;
            Ok(Sys.Rename("a", "b"));
            Ok(Sys.Link("b", "c"));
            Ok(Sys.Truncate("b", 10));
            Same(inode, StatOf("b").Inode);
            Same(inode, StatOf("c").Inode);
        }),
        new("a new file has no blocks", f =>
        {
            f.Create("a");
            Same(0L, StatOf("a").Blocks);
        }),
        new("st_dev is the same in the whole tree", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Same(StatOf(".").DevMinor, StatOf("d/a").DevMinor);
            Same(StatOf(".").DevMajor, StatOf("d").DevMajor);
        }),
    ]);

    private static long CloseNew(long fd) => fd < 0 ? fd : Sys.Close(fd);
}
