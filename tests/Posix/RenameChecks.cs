namespace ByteFuse.PosixSuite;

/// <summary>rename(2): what is not a matter of types.</summary>
internal static class RenameChecks
{
    internal static CheckGroup Group { get; } = new("rename",
    [
        new("onto itself changes nothing", f =>
        {
            f.Create("a", content: "x");
            Ok(Sys.Rename("a", "a"));
            Same("x", f.Content("a"));
        }),
        new("onto another link of the same file keeps both names", f =>
        {
            f.Create("a");
            Ok(Sys.Link("a", "b"));
            Ok(Sys.Rename("a", "b"));
            Same("a b", string.Join(' ', f.Names()));
            Same(2u, StatOf("a").LinkCount);
        }),
        new("a replaced file loses a link", f =>
        {
            f.Create("a");
            f.Create("b");
            Ok(Sys.Link("b", "other"));
            Ok(Sys.Rename("a", "b"));
            Same(1u, StatOf("other").LinkCount);
        }),
        new("a replaced open file can still be read", f =>
        {
            f.Create("a", content: "new");
            f.Create("b", content: "old");
            long fd = f.Open("b", O_RDONLY);
            Ok(Sys.Rename("a", "b"));
            var buffer = new byte[3];
            Same(3L, Sys.Read(fd, buffer));
            SameBytes("old"u8, buffer);
            Same(0u, FstatOf(fd).LinkCount);
            Same("new", f.Content("b"));
        }),
        new("an open file stays open under its new name", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Rename("a", "b"));
            Same(5L, Sys.Write(fd, "after"u8));
            Same("after", f.Content("b"));
        }),
        new("an open folder stays open under its new name", f =>
        {
            f.Mkdir("d");
            long fd = f.Open("d", O_RDONLY | O_DIRECTORY);
            Ok(Sys.Rename("d", "e"));
            long file = Ok(Sys.OpenAt(fd, "x", O_RDWR | O_CREAT, Octal(644)));
            Ok(Sys.Close(file));
            Same("x", string.Join(' ', f.Names("e")));
        }),
        new("a replaced empty folder that is open has no links", f =>
        {
            f.Mkdir("d");
            f.Mkdir("e");
            long fd = f.Open("e", O_RDONLY);
            Ok(Sys.Rename("d", "e"));
            Same(0u, FstatOf(fd).LinkCount);
        }),
        .. new[] { 0, RENAME_NOREPLACE, RENAME_WHITEOUT }.Select(flags =>
            new Check($"a folder into its own subtree is EINVAL, flags {flags}", f =>
            {
                f.Mkdir("d");
                f.Mkdir("d/e");
                Fails(EINVAL, Sys.Rename2("d", "d/e/x", flags));
                Fails(EINVAL, Sys.Rename2("d", "d/x", flags));
            })),
        new("a folder onto one inside itself is EINVAL", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/e");
            Fails(EINVAL, Sys.Rename("d", "d/e"));
        }),
        new("a folder onto its ancestor is ENOTEMPTY", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/e");
            Fails(ENOTEMPTY, Sys.Rename("d/e", "d"));
        }),
        new("EXCHANGE of a folder with one inside itself is EINVAL", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/e");
            Fails(EINVAL, Sys.Rename2("d", "d/e", RENAME_EXCHANGE));
            Fails(EINVAL, Sys.Rename2("d/e", "d", RENAME_EXCHANGE));
        }),
        new("EXCHANGE of a folder and a file in two parents keeps link counts", f =>
        {
            f.Mkdir("p");
            f.Mkdir("q");
            f.Mkdir("p/d");
            f.Create("q/a");
            Ok(Sys.Rename2("p/d", "q/a", RENAME_EXCHANGE));
            Same(2u, StatOf("p").LinkCount);
            Same(3u, StatOf("q").LinkCount);
            Same(StatOf("q").Inode, StatOf("q/a/..").Inode);
        }),
        new("EXCHANGE with itself succeeds", f =>
        {
            f.Create("a");
            Ok(Sys.Rename2("a", "a", RENAME_EXCHANGE));
        }),
        new("NOREPLACE onto itself is EEXIST", f =>
        {
            f.Create("a");
            Fails(EEXIST, Sys.Rename2("a", "a", RENAME_NOREPLACE));
        }),
        new("NOREPLACE onto another link of the same file is EEXIST", f =>
        {
            f.Create("a");
            Ok(Sys.Link("a", "b"));
            Fails(EEXIST, Sys.Rename2("a", "b", RENAME_NOREPLACE));
        }),
        new("NOREPLACE with EXCHANGE is EINVAL", f =>
        {
            f.Create("a");
            f.Create("b");
            Fails(EINVAL, Sys.Rename2("a", "b", RENAME_NOREPLACE | RENAME_EXCHANGE));
        }),
        new("WHITEOUT with EXCHANGE is EINVAL", f =>
        {
            f.Create("a");
            f.Create("b");
            Fails(EINVAL, Sys.Rename2("a", "b", RENAME_WHITEOUT | RENAME_EXCHANGE));
        }),
        new("WHITEOUT with NOREPLACE leaves a whiteout", f =>
        {
            f.Create("a");
            Ok(Sys.Rename2("a", "b", RENAME_WHITEOUT | RENAME_NOREPLACE));
            Same(S_IFCHR, LstatOf("a").Type);
            Same(S_IFREG, LstatOf("b").Type);
        }),
        new("WHITEOUT as a user succeeds, a whiteout being no real device", f =>
        {
            f.Create("a");
            f.Own("a");
            Ok(f.AsAlice(() => Sys.Rename2("a", "b", RENAME_WHITEOUT)));
            Same(S_IFCHR, LstatOf("a").Type);
        }),
        new("an unknown flag is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.Rename2("a", "b", 8));
        }),
        new("of \".\" is EBUSY", _ => Fails(EBUSY, Sys.Rename(".", "x"))),
        new("onto \"..\" is EBUSY", f =>
        {
            f.Mkdir("d");
            Fails(EBUSY, Sys.Rename("d", ".."));
        }),
        new("across file systems is EXDEV", f =>
        {
            f.Create("a");
            Fails(EXDEV, Sys.Rename("a", "/proc/a"));
        }),
        new("of a missing name is ENOENT", _ => Fails(ENOENT, Sys.Rename("a", "b"))),
        new("of a file to a name with a trailing slash is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Rename("a", "b/"));
        }),
        new("of a folder to a name with a trailing slash succeeds", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Rename("d/", "e/"));
        }),
        new("renameat2 relative to two folders", f =>
        {
            f.Mkdir("p");
            f.Mkdir("q");
            f.Create("p/a");
            Ok(Sys.RenameAt2(f.Open("p", O_PATH), "a", f.Open("q", O_PATH), "b", 0));
            Same("b", string.Join(' ', f.Names("q")));
        }),
        new("of a link moves the link, not its target", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.Rename("link", "moved"));
            Same(S_IFLNK, LstatOf("moved").Type);
            Same(S_IFREG, LstatOf("a").Type);
        }),
        new("a moved folder's old path is gone and its new one complete", f =>
        {
            f.Mkdir("d");
            f.Mkdir("d/e");
            f.Create("d/e/a", content: "deep");
            Same("deep", f.Content("d/e/a"));
            Ok(Sys.Rename("d", "n"));
            Fails(ENOENT, Sys.Open("d/e/a", O_RDONLY));
            Same("deep", f.Content("n/e/a"));
        }),
        new("a user moves a folder to another parent only if he may write it", f =>
        {
            // Its ".." changes: fs/namei.c vfs_rename asks MAY_WRITE on the folder itself.
            f.Mkdir("p", 777);
            f.Mkdir("d", 755);
            Fails(EACCES, f.AsAlice(() => Sys.Rename("d", "p/d")));
            Ok(f.AsAlice(() => Sys.Rename("d", "e")));
        }),
        new("to a name of 255 bytes", f =>
        {
            f.Create("a");
            Ok(Sys.Rename("a", new string('n', 255)));
            Fails(ENAMETOOLONG, Sys.Rename(new string('n', 255), new string('n', 256)));
        }),
        new("300 renames of one file back and forth", f =>
        {
            f.Mkdir("d");
            f.Create("a0", content: "kept");
            for (int i = 0; i < 300; i++)
                Ok(Sys.Rename(i % 2 == 0 ? $"a{i}" : $"d/a{i}", i % 2 == 0 ? $"d/a{i + 1}" : $"a{i + 1}"));
            Same("kept", f.Content("a300"));
            Same(0, f.Names("d").Length);
        }),
        new("a reader never finds the name missing while it is replaced", f =>
        {
            f.Create("a", content: "x");
            bool stop = false;
            long misses = 0;
            TaskThread reader = TaskThread.Start(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    long fd = Sys.Open("a", O_RDONLY);
                    if (fd < 0)
                        misses++;
                    else
                        Sys.Close(fd);
                }
            });
            for (int i = 0; i < 200; i++)
            {
                f.Create("b", content: "y");
                Ok(Sys.Rename("b", "a"));
            }
            Volatile.Write(ref stop, true);
            reader.Join();
            Same(0L, misses);
        }),
        new("two crossed folder renames at once never make a cycle", f =>
        {
            for (int round = 0; round < 50; round++)
            {
                f.Mkdir("p");
                f.Mkdir("q");
                long one = 0, two = 0;
                TaskThread other = TaskThread.Start(() => one = Sys.Rename("p", "q/p"));
                two = Sys.Rename("q", "p/q");
                other.Join();
                True((one == 0) != (two == 0), $"exactly one of two crossed renames succeeds: {one}, {two}");
                Scratch.Remove(one == 0 ? "q" : "p");
            }
        }),
    ]);
}
