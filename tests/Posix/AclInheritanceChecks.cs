namespace ByteFuse.PosixSuite;

/// <summary>Default ACLs: what new entries inherit (fs/posix_acl.c posix_acl_create).</summary>
internal static class AclInheritanceChecks
{
    private const int Alice = CheckFolder.Alice;

    private static readonly string Inherited = $"u::rwx,u:{Alice}:rwx,g::r-x,m::rwx,o::r-x";

    // What a default ACL of Inherited gives for each way to create with the mode: the entry's ACL and mode.
    private static readonly (string Name, Func<string, int, long> Call, int Asked, string Acl, int Mode)[] Table =
    [
        ("open", Open, 666, $"u::rw-,u:{Alice}:rwx,g::r-x,m::rw-,o::r--", 664),
        ("open", Open, 777, $"u::rwx,u:{Alice}:rwx,g::r-x,m::rwx,o::r-x", 775),
        ("open", Open, 600, $"u::rw-,u:{Alice}:rwx,g::r-x,m::---,o::---", 600),
        ("mkdir", Sys.Mkdir, 777, $"u::rwx,u:{Alice}:rwx,g::r-x,m::rwx,o::r-x", 775),
        ("mkdir", Sys.Mkdir, 700, $"u::rwx,u:{Alice}:rwx,g::r-x,m::---,o::---", 700),
        ("mknod", (path, mode) => Sys.Mknod(path, S_IFREG | mode), 640, $"u::rw-,u:{Alice}:rwx,g::r-x,m::r--,o::---", 640),
        ("mkfifo", Sys.Mkfifo, 666, $"u::rw-,u:{Alice}:rwx,g::r-x,m::rw-,o::r--", 664),
        ("mknod socket", (path, mode) => Sys.Mknod(path, S_IFSOCK | mode), 666, $"u::rw-,u:{Alice}:rwx,g::r-x,m::rw-,o::r--", 664),
    ];

    internal static CheckGroup Group { get; } = new("acl inheritance",
    [
        .. Table.Select(row => new Check($"{row.Name} with mode {row.Asked} becomes {row.Mode}, whatever the umask", f =>
        {
            Folder(f);
            Sys.Umask(Octal(77));
            Ok(row.Call("d/x", Octal(row.Asked)));
            Same(row.Acl, Acl.Get("d/x", Acl.Access));
            SameMode(Octal(row.Mode), StatOf("d/x").Mode);
        })),
        new("a subfolder inherits the default ACL itself", f =>
        {
            Folder(f);
            Ok(Sys.Mkdir("d/x", Octal(700)));
            Same(Inherited, Acl.Get("d/x", Acl.Default));
            Ok(Sys.Mkdir("d/x/y", Octal(777)));
            Same(Inherited, Acl.Get("d/x/y", Acl.Default));
        }),
        new("a file has no default ACL", f =>
        {
            Folder(f);
            f.Create("d/x");
            Same("ENODATA", Acl.Get("d/x", Acl.Default));
            Same(Acl.Access, XattrChecks.Names("d/x"));
        }),
        new("a symbolic link inherits nothing", f =>
        {
            Folder(f);
            Ok(Sys.Symlink("t", "d/x"));
            Same("", XattrChecks.Names("d/x"));
            SameMode(Octal(777), LstatOf("d/x").Mode);
        }),
        new("a default ACL of three entries gives its modes, whatever the umask", f =>
        {
            f.Mkdir("d");
            Ok(Acl.Set("d", Acl.Default, "u::rwx,g::r--,o::--x"));
            Sys.Umask(Octal(77));
            Ok(Open("d/x", Octal(777)));
            SameMode(Octal(741), StatOf("d/x").Mode);
            Same("ENODATA", Acl.Get("d/x", Acl.Access));
        }),
        new("without a default ACL the umask counts", f =>
        {
            f.Mkdir("d");
            Ok(Acl.Set("d", Acl.Access, Inherited));
            Sys.Umask(Octal(77));
            Ok(Open("d/x", Octal(777)));
            SameMode(Octal(700), StatOf("d/x").Mode);
            Same("ENODATA", Acl.Get("d/x", Acl.Access));
        }),
        new("a default ACL does not grant anything on the folder", f =>
        {
            f.Mkdir("d", 700);
            Ok(Acl.Set("d", Acl.Default, Inherited));
            Fails(EACCES, f.AsAlice(() => Sys.ReadDirectory("d", out _)));
            SameMode(Octal(700), StatOf("d").Mode);
        }),
        new("an inherited entry grants", f =>
        {
            Folder(f);
            Ok(Sys.Chmod("d", Octal(755)));
            Ok(Open("d/x", Octal(660)));
            Ok(f.AsAlice(() => Sys.Close(Ok(Sys.Open("d/x", O_RDWR)))));
            Fails(EACCES, f.AsBob(() => Sys.Open("d/x", O_RDONLY)));
        }),
        new("a default ACL on a file is EACCES", f =>
        {
            f.Create("a");
            Fails(EACCES, Acl.Set("a", Acl.Default, Inherited));
        }),
        new("a default ACL is listed and removed", f =>
        {
            Folder(f);
            Same(Acl.Default, XattrChecks.Names("d"));
            Ok(Sys.RemoveXattr("d", Acl.Default));
            Same("ENODATA", Acl.Get("d", Acl.Default));
            f.Create("d/x");
            Same("", XattrChecks.Names("d/x"));
        }),
        new("chmod of the folder leaves its default ACL", f =>
        {
            Folder(f);
            Ok(Sys.Chmod("d", Octal(700)));
            Same(Inherited, Acl.Get("d", Acl.Default));
        }),
        new("a changed default ACL counts for the next entry", f =>
        {
            Folder(f);
            Ok(Open("d/one", Octal(666)));
            Ok(Acl.Set("d", Acl.Default, "u::rwx,g::---,o::---"));
            Ok(Open("d/two", Octal(666)));
            SameMode(Octal(664), StatOf("d/one").Mode);
            SameMode(Octal(600), StatOf("d/two").Mode);
        }),
        new("a file moved in inherits nothing", f =>
        {
            Folder(f);
            f.Create("x", 644);
            Ok(Sys.Rename("x", "d/x"));
            Same("ENODATA", Acl.Get("d/x", Acl.Access));
        }),
        new("O_TMPFILE inherits", f =>
        {
            Folder(f);
            Sys.Umask(Octal(77));
            long fd = f.Open("d", O_RDWR | O_TMPFILE, Octal(666));
            SameMode(Octal(664), FstatOf(fd).Mode);
            True(Sys.FgetXattr(fd, Acl.Access, new byte[100]) > 0);
        }),
        new("a setgid folder with a default ACL passes on both", f =>
        {
            Folder(f);
            f.Own("d", 0, CheckFolder.Staff);
            Ok(Sys.Chmod("d", Octal(2777)));
            Ok(Sys.Mkdir("d/x", Octal(755)));
            SameMode(Octal(2755), StatOf("d/x").Mode);
            Same((uint)CheckFolder.Staff, StatOf("d/x").Gid);
        }),
    ]);

    private static void Folder(CheckFolder f)
    {
        f.Mkdir("d");
        Ok(Acl.Set("d", Acl.Default, Inherited));
    }

    private static long Open(string path, int mode)
    {
        long fd = Sys.Open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        return fd < 0 ? fd : Sys.Close(fd);
    }
}
