namespace ByteFuse.PosixSuite;

/// <summary>symlink(2), readlink(2) and following.</summary>
internal static class SymlinkChecks
{
    internal static CheckGroup Group { get; } = new("symlink",
    [
        .. new[] { 1, 2, 59, 60, 100, 255, 256, 1000, 4094, 4095 }.Select(length => new Check($"a target of {length} bytes", _ =>
        {
            string target = string.Concat(Enumerable.Range(0, length).Select(i => i % 100 == 99 ? '/' : (char)('a' + (i % 26))));
            Ok(Sys.Symlink(target, "link"));
            Same((long)length, Sys.Readlink("link", out string read));
            Same(target, read);
            Same((long)length, LstatOf("link").Size);
        })),
        new("a target of 4096 bytes is ENAMETOOLONG", _ => Fails(ENAMETOOLONG, Sys.Symlink(new string('a', 4096), "link"))),
        new("an empty target is ENOENT", _ => Fails(ENOENT, Sys.Symlink("", "link"))),
        new("its mode is 0777 whatever the umask", _ =>
        {
            Sys.Umask(Octal(77));
            Ok(Sys.Symlink("t", "link"));
            Same(S_IFLNK | Octal(777), LstatOf("link").FullMode);
        }),
        new("it belongs to the user who made it", f =>
        {
            Ok(f.AsAlice(() => Sys.Symlink("t", "link")));
            Same((uint)CheckFolder.Alice, LstatOf("link").Uid);
        }),
        new("a target of any bytes comes back", _ =>
        {
            string target = "a\n\uDCFF\uDC80\\ *\t;";
            Ok(Sys.Symlink(target, "link"));
            Ok(Sys.Readlink("link", out string read));
            Same(target, read);
        }),
        new("readlink cuts at the buffer", _ =>
        {
            Ok(Sys.Symlink("abcdef", "link"));
            var buffer = new byte[3];
            Same(3L, Sys.Readlink("link", buffer));
            SameBytes("abc"u8, buffer);
        }),
        new("readlink of a file is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.Readlink("a", new byte[10]));
        }),
        new("readlink of a folder is EINVAL", _ => Fails(EINVAL, Sys.Readlink(".", new byte[10]))),
        new("symlink over an existing name is EEXIST", f =>
        {
            f.Create("a");
            Fails(EEXIST, Sys.Symlink("t", "a"));
        }),
        new("symlink over a link is EEXIST", _ =>
        {
            Ok(Sys.Symlink("t", "link"));
            Fails(EEXIST, Sys.Symlink("u", "link"));
            Ok(Sys.Readlink("link", out string target));
            Same("t", target);
        }),
        new("a link to itself is ELOOP", _ =>
        {
            Ok(Sys.Symlink("link", "link"));
            Fails(ELOOP, Sys.Stat("link", out FileStatus _));
            Same(S_IFLNK, LstatOf("link").Type);
        }),
        new("two links to each other are ELOOP", _ =>
        {
            Ok(Sys.Symlink("b", "a"));
            Ok(Sys.Symlink("a", "b"));
            Fails(ELOOP, Sys.Open("a", O_RDONLY));
        }),
        new("a chain of 40 links is followed", f => Chain(f, 40, 0)),
        new("a chain of 41 links is ELOOP", f => Chain(f, 41, ELOOP)),
        new("relative links start at the link's folder", f =>
        {
            f.Mkdir("d");
            f.Create("d/a", content: "in d");
            Ok(Sys.Symlink("a", "d/link"));
            Same("in d", f.Content("d/link"));
        }),
        new("absolute links start at the root", f =>
        {
            f.Create("a", content: "here");
            Ok(Sys.Symlink(f.Path + "/a", "link"));
            Same("here", f.Content("link"));
        }),
        new("a link in the middle of a path is followed", f =>
        {
            f.Mkdir("d");
            f.Create("d/a", content: "x");
            Ok(Sys.Symlink("d", "link"));
            Same("x", f.Content("link/a"));
        }),
        new("lchown of a link leaves its target", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.Lchown("link", 5, 6));
            Same(5u, LstatOf("link").Uid);
            Same(0u, StatOf("a").Uid);
        }),
        new("chown through a link changes the target", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.Chown("link", 5, 6));
            Same(0u, LstatOf("link").Uid);
            Same(5u, StatOf("a").Uid);
        }),
        new("chmod of a link itself is EOPNOTSUPP", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Fails(EOPNOTSUPP, Sys.FchmodAt2(AT_FDCWD, "link", Octal(600), AT_SYMLINK_NOFOLLOW));
            SameMode(Octal(644), StatOf("a").Mode);
        }),
        new("a replaced link is read anew", _ =>
        {
            Ok(Sys.Symlink("one", "link"));
            Ok(Sys.Readlink("link", out string _));
            Ok(Sys.Unlink("link"));
            Ok(Sys.Symlink("second", "link"));
            Ok(Sys.Readlink("link", out string target));
            Same("second", target);
        }),
        new("the type of a link in a listing is DT_LNK", _ =>
        {
            Ok(Sys.Symlink("t", "link"));
            Ok(Sys.ReadDirectory(".", out List<DirectoryEntry> entries));
            Same(DT_LNK, entries.Single(entry => entry.Name == "link").Type);
        }),
    ]);

    private static void Chain(CheckFolder f, int length, int errno)
    {
        f.Create("l0");
        for (int i = 1; i <= length; i++)
            Ok(Sys.Symlink($"l{i - 1}", $"l{i}"));
        Result(errno, Sys.Stat($"l{length}", out _));
    }
}
