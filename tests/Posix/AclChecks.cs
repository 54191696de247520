namespace ByteFuse.PosixSuite;

/// <summary>Access ACLs: how they grant, and how they and the mode keep in step (fs/posix_acl.c).</summary>
internal static class AclChecks
{
    private const int Alice = CheckFolder.Alice, Bob = CheckFolder.Bob, Staff = CheckFolder.Staff, Guests = CheckFolder.Guests;

    // Alice in Staff opens a file of root's: the ACL, what she wants, what she gets.
    private static readonly (string Name, string Text, int Flags, int Errno)[] Table =
    [
        ("a named user is granted", $"u::rw-,u:{Alice}:rw-,g::---,m::rw-,o::---", O_RDWR, 0),
        ("a named user is denied although others may", $"u::rw-,u:{Alice}:---,g::rw-,m::rw-,o::rw-", O_RDONLY, EACCES),
        ("a named user is limited by the mask", $"u::rw-,u:{Alice}:rw-,g::---,m::r--,o::---", O_RDWR, EACCES),
        ("what the mask leaves is granted", $"u::rw-,u:{Alice}:rw-,g::---,m::r--,o::---", O_RDONLY, 0),
        ("a named group is granted", $"u::rw-,g::---,g:{Staff}:rw-,m::rw-,o::---", O_RDWR, 0),
        ("a named group is limited by the mask", $"u::rw-,g::---,g:{Staff}:rw-,m::r--,o::---", O_WRONLY, EACCES),
        ("a matching group that denies keeps others' rights away", $"u::rw-,g::---,g:{Staff}:---,m::rw-,o::rw-", O_RDONLY, EACCES),
        ("a foreign named group does not matter", $"u::rw-,g::---,g:{Guests}:rw-,m::rw-,o::---", O_RDONLY, EACCES),
        ("others are granted and not limited by the mask", $"u::rw-,u:{Bob}:---,g::---,m::---,o::rw-", O_RDWR, 0),
        ("the named user's entry counts before the group's", $"u::rw-,u:{Alice}:r--,g::---,g:{Staff}:rw-,m::rw-,o::---", O_WRONLY, EACCES),
    ];

    private static readonly (string Name, byte[] Blob, int Errno)[] Invalid =
    [
        ("no mask beside a named user", Acl.Of($"u::rw-,u:{Alice}:rw-,g::---,o::---"), EINVAL),
        ("no owner entry", Acl.Of("g::r--,o::r--"), EINVAL),
        ("no group entry", Acl.Of("u::rw-,o::r--"), EINVAL),
        ("no entry for others", Acl.Of("u::rw-,g::r--"), EINVAL),
        ("two owner entries", Acl.Of("u::rw-,u::rw-,g::r--,o::r--"), EINVAL),
        ("entries out of order", Acl.Of("o::r--,g::r--,u::rw-"), EINVAL),
        ("an unknown tag", Acl.Of("u::rw-,g::r--,z::r--,o::r--"), EINVAL),
        ("an unknown version", Acl.Of("u::rw-,g::r--,o::r--", 1), EOPNOTSUPP),
        ("a length that is no whole entry", [.. Acl.Of("u::rw-,g::r--,o::r--"), 0], EINVAL),
        ("two masks", Acl.Of($"u::rw-,u:{Alice}:rw-,g::---,m::rw-,m::rw-,o::---"), EINVAL),
    ];

    internal static CheckGroup Group { get; } = new("acl",
    [
        .. Table.Select(row => new Check($"{row.Name}: {(row.Errno == 0 ? "succeeds" : ErrnoName(row.Errno))}", f =>
        {
            f.Create("a");
            Ok(Acl.Set("a", Acl.Access, row.Text));
            Result(row.Errno, f.AsAlice(() => Close(Sys.Open("a", row.Flags)), Staff));
        })),
        .. Invalid.Select(row => new Check($"{row.Name} is {ErrnoName(row.Errno)}", f =>
        {
            f.Create("a");
            Fails(row.Errno, Sys.SetXattr("a", Acl.Access, row.Blob));
            SameMode(Octal(644), StatOf("a").Mode);
        })),
        new("an ACL comes back as set", f =>
        {
            f.Create("a");
            string text = $"u::rw-,u:{Alice}:rwx,u:{Bob}:r--,g::r-x,g:{Staff}:-w-,m::rwx,o::--x";
            Ok(Acl.Set("a", Acl.Access, text));
            Same(text, Acl.Get("a", Acl.Access));
        }),
        new("a file without one is ENODATA", f =>
        {
            f.Create("a");
            Same("ENODATA", Acl.Get("a", Acl.Access));
        }),
        new("it is listed", f =>
        {
            f.Create("a");
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:rw-,g::r--,m::rw-,o::---"));
            Same(Acl.Access, XattrChecks.Names("a"));
        }),
        new("the mode's group bits show the mask", f =>
        {
            f.Create("a", 600);
            Ok(Acl.Set("a", Acl.Access, $"u::rwx,u:{Alice}:rw-,g::r--,m::rw-,o::--x"));
            SameMode(Octal(761), StatOf("a").Mode);
        }),
        new("an ACL that says no more than a mode becomes the mode", f =>
        {
            f.Create("a", 600);
            Ok(Acl.Set("a", Acl.Access, "u::rwx,g::r-x,o::r--"));
            SameMode(Octal(754), StatOf("a").Mode);
            Same("ENODATA", Acl.Get("a", Acl.Access));
            Same("", XattrChecks.Names("a"));
        }),
        new("chmod changes the mask, not the group entry", f =>
        {
            f.Create("a");
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:rwx,g::r-x,m::rwx,o::r--"));
            Ok(Sys.Chmod("a", Octal(640)));
            Same($"u::rw-,u:{Alice}:rwx,g::r-x,m::r--,o::---", Acl.Get("a", Acl.Access));
            SameMode(Octal(640), StatOf("a").Mode);
        }),
        new("chmod takes a named user's rights at once", f =>
        {
            f.Create("a");
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:rw-,g::---,m::rw-,o::---"));
            Ok(f.AsAlice(() => Close(Sys.Open("a", O_RDWR))));
            Ok(Sys.Chmod("a", Octal(600)));
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDWR)));
        }),
        new("removing it leaves the mode as it was", f =>
        {
            f.Create("a");
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:rw-,g::r--,m::rw-,o::---"));
            Ok(Sys.RemoveXattr("a", Acl.Access));
            Same("ENODATA", Acl.Get("a", Acl.Access));
            SameMode(Octal(660), StatOf("a").Mode);
            Fails(EACCES, f.AsAlice(() => Sys.Open("a", O_RDWR)));
        }),
        new("removing a missing one succeeds", f =>
        {
            f.Create("a");
            Ok(Sys.RemoveXattr("a", Acl.Access));
        }),
        new("the owner may set it, another not", f =>
        {
            f.Create("a", 666);
            f.Own("a");
            Ok(f.AsAlice(() => Acl.Set("a", Acl.Access, $"u::rw-,u:{Bob}:rw-,g::r--,m::rw-,o::---")));
            Fails(EPERM, f.AsBob(() => Acl.Set("a", Acl.Access, "u::rw-,g::r--,o::---")));
            Fails(EPERM, f.AsBob(() => Sys.RemoveXattr("a", Acl.Access)));
        }),
        new("anyone may read it", f =>
        {
            f.Create("a", 600);
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Bob}:rw-,g::---,m::rw-,o::---"));
            True(f.AsAlice(() => Sys.GetXattr("a", Acl.Access, new byte[100])) > 0);
        }),
        new("the owner is not limited by the mask", f =>
        {
            f.Create("a");
            f.Own("a");
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Bob}:rw-,g::---,m::---,o::---"));
            Ok(f.AsAlice(() => Close(Sys.Open("a", O_RDWR))));
        }),
        new("chown does not change it, and the new owner has the owner's entry", f =>
        {
            f.Create("a");
            string text = $"u::rw-,u:{Alice}:---,g::---,m::rw-,o::---";
            Ok(Acl.Set("a", Acl.Access, text));
            f.Own("a");
            Same(text, Acl.Get("a", Acl.Access));
            Ok(f.AsAlice(() => Close(Sys.Open("a", O_RDWR))));
        }),
        new("a folder's ACL grants search and list", f =>
        {
            f.Mkdir("d", 700);
            f.Create("d/a");
            Fails(EACCES, f.AsAlice(() => Sys.Stat("d/a", out _)));
            Ok(Acl.Set("d", Acl.Access, $"u::rwx,u:{Alice}:r-x,g::---,m::r-x,o::---"));
            Ok(f.AsAlice(() => Sys.Stat("d/a", out _)));
            Ok(f.AsAlice(() => Sys.ReadDirectory("d", out _)));
            Fails(EACCES, f.AsAlice(() => Sys.Mkdir("d/x")));
        }),
        new("on a symbolic link it is EOPNOTSUPP", _ =>
        {
            Ok(Sys.Symlink("t", "link"));
            Fails(EOPNOTSUPP, Sys.LsetXattr("link", Acl.Access, Acl.Of("u::rw-,g::r--,o::r--")));
            Fails(EOPNOTSUPP, Sys.LgetXattr("link", Acl.Access, new byte[100]));
        }),
        new("setting it by an owner outside the group clears setgid", f =>
        {
            f.Create("a", 755);
            f.Own("a", Alice, Staff);
            Ok(Sys.Chmod("a", Octal(2755)));
            Ok(f.AsAlice(() => Acl.Set("a", Acl.Access, $"u::rwx,u:{Bob}:rwx,g::r-x,m::rwx,o::r-x")));
            SameMode(Octal(775), StatOf("a").Mode);
        }),
        new("setting it moves ctime", f =>
        {
            f.Create("a");
            FileStatus before = StatOf("a");
            CheckFolder.Tick();
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:rw-,g::r--,m::rw-,o::---"));
            TimesMatrix.Moved("C", before, StatOf("a"), "file");
        }),
        new("an ACL of sixty entries", f =>
        {
            f.Create("a");
            string text = "u::rw-," + string.Join(',', Enumerable.Range(30_000, 56).Select(id => $"u:{id}:r--")) + ",g::r--,m::r--,o::---";
            Ok(Acl.Set("a", Acl.Access, text));
            Same(text, Acl.Get("a", Acl.Access));
        }),
        new("access asks the ACL", f =>
        {
            f.Create("a", 600);
            Ok(Acl.Set("a", Acl.Access, $"u::rw-,u:{Alice}:r--,g::---,m::r--,o::---"));
            Ok(f.AsAlice(() => Sys.Access("a", R_OK)));
            Fails(EACCES, f.AsAlice(() => Sys.Access("a", W_OK)));
        }),
    ]);

    private static long Close(long fd) => fd < 0 ? fd : Sys.Close(fd);
}
