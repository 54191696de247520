namespace ByteFuse.PosixSuite;

/// <summary>O_TMPFILE, and giving such a file a name.</summary>
internal static class TmpfileChecks
{
    internal static CheckGroup Group { get; } = new("O_TMPFILE",
    [
        new("has no name and no links, the mode asked for", f =>
        {
            Sys.Umask(Octal(22));
            long fd = f.Open(".", O_RDWR | O_TMPFILE, Octal(666));
            FileStatus status = FstatOf(fd);
            Same(0u, status.LinkCount);
            Same(S_IFREG | Octal(644), status.FullMode);
            Same(0L, status.Size);
            Same(0, f.Names().Length);
        }),
        new("can be written and read", f =>
        {
            long fd = f.Open(".", O_RDWR | O_TMPFILE, Octal(600));
            Pattern.Write(fd, Pattern.Of(100_000, 1), 0);
            SameBytes(Pattern.Of(100_000, 1), Pattern.Read(fd, 0, 200_000));
        }),
        new("gets a name by linkat AT_EMPTY_PATH", f =>
        {
            long fd = f.Open(".", O_RDWR | O_TMPFILE, Octal(600));
            Ok(Sys.Write(fd, "named"u8));
            Ok(Sys.LinkAt(fd, "", AT_FDCWD, "a", AT_EMPTY_PATH));
            Same(1u, StatOf("a").LinkCount);
            Same("named", f.Content("a"));
            Same(FstatOf(fd).Inode, StatOf("a").Inode);
        }),
        new("gets a name by /proc/self/fd", f =>
        {
            long fd = f.Open(".", O_RDWR | O_TMPFILE, Octal(600));
            Ok(Sys.LinkAt(AT_FDCWD, $"/proc/self/fd/{fd}", AT_FDCWD, "a", AT_SYMLINK_FOLLOW));
            Same("a", string.Join(' ', f.Names()));
        }),
        new("gets two names, in another folder too", f =>
        {
            f.Mkdir("d");
            long fd = f.Open(".", O_WRONLY | O_TMPFILE, Octal(600));
            Ok(Sys.LinkAt(fd, "", AT_FDCWD, "a", AT_EMPTY_PATH));
            Ok(Sys.LinkAt(fd, "", AT_FDCWD, "d/b", AT_EMPTY_PATH));
            Same(2u, FstatOf(fd).LinkCount);
        }),
        new("with O_EXCL cannot get a name", f =>
            Fails(ENOENT, Sys.LinkAt(f.Open(".", O_RDWR | O_TMPFILE | O_EXCL, Octal(600)), "", AT_FDCWD, "a", AT_EMPTY_PATH))),
        new("a name that exists is EEXIST", f =>
        {
            f.Create("a");
            Fails(EEXIST, Sys.LinkAt(f.Open(".", O_RDWR | O_TMPFILE, Octal(600)), "", AT_FDCWD, "a", AT_EMPTY_PATH));
        }),
        new("O_RDONLY is EINVAL", _ => Fails(EINVAL, Sys.Open(".", O_RDONLY | O_TMPFILE, Octal(600)))),
        new("in a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Open("a", O_RDWR | O_TMPFILE, Octal(600)));
        }),
        new("in a missing folder is ENOENT", _ => Fails(ENOENT, Sys.Open("d", O_RDWR | O_TMPFILE, Octal(600)))),
        new("in a folder one may not write is EACCES", f =>
        {
            f.Mkdir("d", 755);
            Fails(EACCES, f.AsAlice(() => Sys.Open("d", O_RDWR | O_TMPFILE, Octal(600))));
        }),
        new("as a user it belongs to the user and can be linked", f =>
        {
            f.AsAlice(() =>
            {
                long fd = Ok(Sys.Open(".", O_RDWR | O_TMPFILE | O_CLOEXEC, Octal(600)));
                Ok(Sys.LinkAt(AT_FDCWD, $"/proc/thread-self/fd/{fd}", AT_FDCWD, "a", AT_SYMLINK_FOLLOW));
                return Sys.Close(fd);
            });
            Same((uint)CheckFolder.Alice, StatOf("a").Uid);
        }),
        new("a named one survives its close", f =>
        {
            long fd = Ok(Sys.Open(".", O_RDWR | O_TMPFILE | O_CLOEXEC, Octal(600)));
            Ok(Sys.Write(fd, "kept"u8));
            Ok(Sys.LinkAt(fd, "", AT_FDCWD, "a", AT_EMPTY_PATH));
            Ok(Sys.Close(fd));
            Same("kept", f.Content("a"));
        }),
        new("fifty at once are fifty files", f =>
        {
            var inodes = new HashSet<ulong>();
            for (int i = 0; i < 50; i++)
                inodes.Add(FstatOf(f.Open(".", O_RDWR | O_TMPFILE, Octal(600))).Inode);
            Same(50, inodes.Count);
        }),
    ]);
}
