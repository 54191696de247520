namespace ByteFuse.PosixSuite;

/// <summary>Every call that takes a path, with every way a path can be wrong.</summary>
internal static class PathErrorMatrix
{
    private static readonly (string Name, Func<string, long> Call)[] Calls =
    [
        ("stat", path => Sys.Stat(path, out _)),
        ("lstat", path => Sys.Lstat(path, out _)),
        ("open", path => Sys.Open(path, O_RDONLY)),
        ("open O_CREAT", path => Sys.Open(path, O_RDWR | O_CREAT, Octal(644))),
        ("mkdir", path => Sys.Mkdir(path)),
        ("mknod", path => Sys.Mknod(path, S_IFREG | Octal(644))),
        ("mkfifo", path => Sys.Mkfifo(path, Octal(644))),
        ("unlink", Sys.Unlink),
        ("rmdir", Sys.Rmdir),
        ("link from", path => Sys.Link(path, "new")),
        ("link to", path => Sys.Link("file", path)),
        ("symlink", path => Sys.Symlink("target", path)),
        ("readlink", path => Sys.Readlink(path, new byte[10])),
        ("rename from", path => Sys.Rename(path, "new")),
        ("rename to", path => Sys.Rename("file", path)),
        ("chmod", path => Sys.Chmod(path, Octal(644))),
        ("chown", path => Sys.Chown(path, 0, 0)),
        ("lchown", path => Sys.Lchown(path, 0, 0)),
        ("truncate", path => Sys.Truncate(path, 0)),
        ("utimensat", Sys.UtimensNow),
        ("access", path => Sys.Access(path, F_OK)),
        ("chdir", Sys.Chdir),
        ("statfs", path => Sys.Statfs(path, out _)),
        ("setxattr", path => Sys.SetXattr(path, "user.a", "v"u8)),
        ("getxattr", path => Sys.GetXattr(path, "user.a", new byte[10])),
        ("listxattr", path => Sys.ListXattr(path, new byte[10])),
        ("removexattr", path => Sys.RemoveXattr(path, "user.a")),
        ("name_to_handle_at", path => Sys.NameToHandleAt(AT_FDCWD, path, 0, out _)),
    ];

    private static readonly (string Name, int Errno, string Path)[] Wrongs =
    [
        ("a missing folder in the path", ENOENT, "missing/x"),
        ("a file as a folder in the path", ENOTDIR, "file/x"),
        ("a loop of links in the path", ELOOP, "loop/x"),
        ("a name of 256 bytes", ENAMETOOLONG, new string('n', 256)),
        ("a folder's name of 256 bytes", ENAMETOOLONG, new string('n', 256) + "/x"),
        ("a path of 4096 bytes", ENAMETOOLONG, string.Concat(Enumerable.Repeat("./", 2047)) + "xx"),
        ("an empty path", ENOENT, ""),
    ];

    internal static CheckGroup Group { get; } = new("path errors",
    [
        .. from call in Calls
           from wrong in Wrongs
           select new Check($"{call.Name}: {wrong.Name} is {ErrnoName(wrong.Errno)}", f =>
           {
               f.Create("file", content: "kept");
               Ok(Sys.Symlink("loop", "loop"));
               Fails(wrong.Errno, call.Call(wrong.Path), $"{call.Name}({wrong.Name})");
               Same("file loop", string.Join(' ', f.Names()));
               Same("kept", f.Content("file"));
           }),
        .. from call in Calls
           select new Check($"{call.Name}: a folder without search permission is EACCES", f =>
           {
               f.Mkdir("d", 766);
               f.Create("d/x", 666);
               f.Create("file", 666);
               f.Own("file");
               Fails(EACCES, f.AsAlice(() => call.Call("d/x")), call.Name);
           }),
    ]);
}
