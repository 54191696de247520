namespace ByteFuse.PosixSuite;

/// <summary>Which of atime (A), mtime (M) and ctime (C) each call moves, on the file itself and on the folder that holds it.</summary>
internal static class TimesMatrix
{
    // "x" is a file of 10 bytes in folder "d" (and "d/sub" an empty folder): what each call moves on x and on d. All but those
    // named must stay. Access times of x by reading are the concern of AccessTimeChecks.
    private static readonly (string Name, string File, string Folder, Func<long> Call)[] Table =
    [
        ("write", "MC", "", () => With(O_WRONLY, fd => Sys.Write(fd, "x"u8))),
        ("pwrite past the end", "MC", "", () => With(O_WRONLY, fd => Sys.Pwrite(fd, "x"u8, 5000))),
        ("append", "MC", "", () => With(O_WRONLY | O_APPEND, fd => Sys.Write(fd, "x"u8))),
        ("write of zero bytes", "", "", () => With(O_WRONLY, fd => Sys.Write(fd, []))),
        ("truncate shorter", "MC", "", () => Sys.Truncate("d/x", 5)),
        ("truncate longer", "MC", "", () => Sys.Truncate("d/x", 50)),
        ("truncate to the same size", "MC", "", () => Sys.Truncate("d/x", 10)),
        ("ftruncate to the same size", "MC", "", () => With(O_WRONLY, fd => Sys.Ftruncate(fd, 10))),
        ("open O_TRUNC", "MC", "", () => With(O_WRONLY | O_TRUNC, _ => 0)),
        ("open for writing", "", "", () => With(O_WRONLY, _ => 0)),
        ("open O_CREAT of an existing file", "", "", () => With(O_WRONLY | O_CREAT, _ => 0)),
        ("fallocate that extends", "MC", "", () => With(O_WRONLY, fd => Sys.Fallocate(fd, 0, 0, 8192))),
        ("punch hole", "MC", "", () => With(O_WRONLY, fd => Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096))),
        ("zero range", "MC", "", () => With(O_WRONLY, fd => Sys.Fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096))),
        ("chmod", "C", "", () => Sys.Chmod("d/x", Octal(600))),
        ("chmod to the same mode", "C", "", () => Sys.Chmod("d/x", Octal(644))),
        ("chown", "C", "", () => Sys.Chown("d/x", 5, 6)),
        ("chown that changes nothing", "C", "", () => Sys.Chown("d/x", -1, -1)),
        ("setxattr", "C", "", () => Sys.SetXattr("d/x", "user.a", "v"u8)),
        ("setxattr over another value", "C", "", () => Sys.SetXattr("d/x", "user.old", "w"u8)),
        ("removexattr", "C", "", () => Sys.RemoveXattr("d/x", "user.old")),
        ("getxattr", "", "", () => Sys.GetXattr("d/x", "user.old", new byte[10])),
        ("utimensat of atime", "AC", "", () => Sys.UtimensAt(AT_FDCWD, "d/x", 5, 0, 0, UTIME_OMIT)),
        ("utimensat of mtime", "MC", "", () => Sys.UtimensAt(AT_FDCWD, "d/x", 0, UTIME_OMIT, 5, 0)),
        ("utimensat of neither", "", "", () => Sys.UtimensAt(AT_FDCWD, "d/x", 0, UTIME_OMIT, 0, UTIME_OMIT)),
        ("link to the same folder", "C", "MC", () => Sys.Link("d/x", "d/y")),
        ("link to another folder", "C", "", () => Sys.Link("d/x", "y")),
        ("unlink of another link", "C", "", () => Sys.Unlink("other")),
        ("rename within the folder", "C", "MC", () => Sys.Rename("d/x", "d/y")),
        ("rename to another folder", "C", "MC", () => Sys.Rename("d/x", "y")),
        ("rename onto itself", "", "", () => Sys.Rename("d/x", "d/x")),
        ("create in the folder", "", "MC", () => Sys.Close(Sys.Creat("d/new", Octal(644)))),
        ("mkdir in the folder", "", "MC", () => Sys.Mkdir("d/new")),
        ("mknod in the folder", "", "MC", () => Sys.Mkfifo("d/new", Octal(644))),
        ("symlink in the folder", "", "MC", () => Sys.Symlink("t", "d/new")),
        ("rmdir in the folder", "", "MC", () => Sys.Rmdir("d/sub")),
        ("O_TMPFILE in the folder", "", "", () => Sys.Close(Ok(Sys.Open("d", O_RDWR | O_TMPFILE, Octal(600))))),
        ("stat and access", "", "", () => Sys.Stat("d/x", out _) + Sys.Access("d/x", R_OK)),
        ("fsync", "", "", () => With(O_WRONLY, Sys.Fsync)),
        ("chmod of the folder", "", "C", () => Sys.Chmod("d", Octal(700))),
        ("a rename that fails", "", "", () => Sys.Rename2("d/x", "d/sub", RENAME_NOREPLACE) == -EEXIST ? 0 : -EIO),
        ("a create that fails", "", "", () => Sys.Mkdir("d/x") == -EEXIST ? 0 : -EIO),
        ("a lock", "", "", () => With(O_WRONLY, fd => Sys.Flock(fd, LOCK_EX))),
    ];

    internal static CheckGroup Group { get; } = new("times matrix",
    [
        .. Table.Select(row => new Check(
            $"{row.Name}: file {(row.File.Length == 0 ? "-" : row.File)}, folder {(row.Folder.Length == 0 ? "-" : row.Folder)}", f =>
            {
                f.Mkdir("d");
                f.Mkdir("d/sub");
                f.Create("d/x", content: "0123456789");
                Ok(Sys.Link("d/x", "other"));
                Ok(Sys.SetXattr("d/x", "user.old", "v"u8));
                long file = f.Open("d/x", O_PATH), folder = f.Open("d", O_PATH);
                FileStatus fileBefore = FstatOf(file), folderBefore = FstatOf(folder);
                CheckFolder.Tick();
                Ok(row.Call(), row.Name);
                Moved(row.File, fileBefore, FstatOf(file), "file");
                Moved(row.Folder, folderBefore, FstatOf(folder), "folder");
            })),
        new("open for reading without a read moves nothing", f =>
        {
            f.Create("a", content: "x");
            FileStatus before = StatOf("a");
            CheckFolder.Tick();
            f.Open("a", O_RDONLY);
            Moved("", before, StatOf("a"), "file");
        })
        {
            ExcludedOnFuse = "reads served from the page cache send no request and every FUSE inode is S_NOATIME "
                + "(fs/fuse/inode.c fuse_iget), so that the file system has to take the open as the read",
        },
        new("write after a descriptor has been open for a while", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "x"u8));
            FileStatus before = FstatOf(fd);
            CheckFolder.Tick();
            Ok(Sys.Write(fd, "x"u8));
            Moved("MC", before, FstatOf(fd), "file");
        }),
        new("close after a write moves no time", f =>
        {
            long fd = Ok(Sys.Open("a", O_RDWR | O_CREAT | O_CLOEXEC, Octal(644)));
            Ok(Sys.Write(fd, "x"u8));
            FileStatus before = StatOf("a");
            CheckFolder.Tick();
            Ok(Sys.Close(fd));
            Moved("", before, StatOf("a"), "file");
        }),
        new("rename that replaces a file moves the replaced file's ctime", f =>
        {
            f.Create("a");
            f.Create("b");
            Ok(Sys.Link("b", "other"));
            FileStatus before = StatOf("other");
            CheckFolder.Tick();
            Ok(Sys.Rename("a", "b"));
            Moved("C", before, StatOf("other"), "replaced file");
        }),
        new("rename between folders moves both folders' times", f =>
        {
            f.Mkdir("p");
            f.Mkdir("q");
            f.Create("p/a");
            FileStatus p = StatOf("p"), q = StatOf("q");
            CheckFolder.Tick();
            Ok(Sys.Rename("p/a", "q/a"));
            Moved("MC", p, StatOf("p"), "source folder");
            Moved("MC", q, StatOf("q"), "target folder");
        }),
        new("EXCHANGE moves both folders' times and both files' ctimes", f =>
        {
            f.Mkdir("p");
            f.Mkdir("q");
            f.Create("p/a");
            f.Create("q/b");
            FileStatus p = StatOf("p"), q = StatOf("q"), a = StatOf("p/a"), b = StatOf("q/b");
            CheckFolder.Tick();
            Ok(Sys.Rename2("p/a", "q/b", RENAME_EXCHANGE));
            Moved("MC", p, StatOf("p"), "one folder");
            Moved("MC", q, StatOf("q"), "other folder");
            Moved("C", a, StatOf("q/b"), "one file");
            Moved("C", b, StatOf("p/a"), "other file");
        }),
    ]);

    internal static void Moved(string expected, FileStatus before, FileStatus after, string what)
    {
        string moved = "";
        if (before.AccessTime != after.AccessTime)
            moved += "A";
        if (before.ModifyTime != after.ModifyTime)
            moved += "M";
        if (before.ChangeTime != after.ChangeTime)
            moved += "C";
        Same(expected, moved, $"times that moved on the {what}");
        Same(before.BirthTime, after.BirthTime, $"birth time of the {what}");
        True(after.ChangeTime >= before.ChangeTime, $"ctime of the {what} does not go back");
    }

    private static long With(int flags, Func<long, long> body)
    {
        long fd = Ok(Sys.Open("d/x", flags | O_CLOEXEC));
        long result = body(fd);
        Sys.Close(fd);
        return result;
    }
}
