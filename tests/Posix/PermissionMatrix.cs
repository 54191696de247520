namespace ByteFuse.PosixSuite;

/// <summary>
/// The three classes of the mode, by uid, gid and supplementary groups: only the first class that matches counts
/// (fs/namei.c acl_permission_check), so a class is tested with its own bit alone and with every bit but its own.
/// </summary>
internal static class PermissionMatrix
{
    private static readonly (string Name, int Shift, Credentials Who)[] Classes =
    [
        ("owner", 6, Credentials.User(CheckFolder.Alice, CheckFolder.Guests)),
        ("group by gid", 3, Credentials.User(CheckFolder.Bob, CheckFolder.Staff)),
        ("group by supplementary groups", 3, Credentials.User(CheckFolder.Bob, CheckFolder.Bob, CheckFolder.Guests, CheckFolder.Staff)),
        ("others", 0, Credentials.User(CheckFolder.Bob, CheckFolder.Bob, CheckFolder.Guests)),
    ];

    private static readonly (string Name, int Bit, Func<string, long> Call)[] FileCalls =
    [
        ("open for reading", 4, path => Close(Sys.Open(path, O_RDONLY))),
        ("open for writing", 2, path => Close(Sys.Open(path, O_WRONLY))),
        ("truncate", 2, path => Sys.Truncate(path, 0)),
        ("access R_OK", 4, path => Sys.Access(path, R_OK)),
        ("access W_OK", 2, path => Sys.Access(path, W_OK)),
        ("access X_OK", 1, path => Sys.Access(path, X_OK)),
        ("getxattr user.*", 4, path => Sys.GetXattr(path, "user.a", new byte[10])),
        ("setxattr user.*", 2, path => Sys.SetXattr(path, "user.a", "v"u8)),
    ];

    private static readonly (string Name, int Bits, Func<long> Call)[] FolderCalls =
    [
        ("list", 4, () => Sys.ReadDirectory("x", out _)),
        ("stat inside", 1, () => Sys.Stat("x/old", out _)),
        ("create inside", 3, () => Close(Sys.Open("x/new", O_RDWR | O_CREAT, Octal(644)))),
        ("mkdir inside", 3, () => Sys.Mkdir("x/new")),
        ("symlink inside", 3, () => Sys.Symlink("t", "x/new")),
        ("unlink inside", 3, () => Sys.Unlink("x/old")),
        ("rename inside", 3, () => Sys.Rename("x/old", "x/new")),
        ("chdir", 1, () => Sys.Chdir("x")),
    ];

    internal static CheckGroup Group { get; } = new("permissions",
    [
        .. from who in Classes
           from call in FileCalls
           from granted in new[] { true, false }
           select new Check($"{call.Name} as {who.Name} is {(granted ? "granted by that class alone" : "denied whatever others may")}", f =>
           {
               f.Create("x", 0);
               Ok(Sys.SetXattr("x", "user.a", "v"u8));
               Own(f, Bits(call.Bit, who.Shift, granted));
               Result(granted ? 0 : EACCES, f.As(who.Who, () => call.Call("x")), call.Name);
           }),
        .. from who in Classes
           from call in FolderCalls
           from granted in new[] { true, false }
           select new Check($"{call.Name} as {who.Name} is {(granted ? "granted by that class alone" : "denied whatever others may")}", f =>
           {
               f.Mkdir("x");
               f.Create("x/old");
               Own(f, Bits(call.Bits, who.Shift, granted));
               Result(granted ? 0 : EACCES, f.As(who.Who, call.Call), call.Name);
           }),
        .. from call in FileCalls
           where call.Bit != 1
           select new Check($"{call.Name} as root of a file with mode 0", f =>
           {
               f.Create("x", 0);
               Ok(Sys.SetXattr("x", "user.a", "v"u8));
               Own(f, 0);
               Ok(call.Call("x"));
           }),
        .. from call in FolderCalls
           select new Check($"{call.Name} as root of a folder with mode 0", f =>
           {
               f.Mkdir("x");
               f.Create("x/old");
               Own(f, 0);
               Ok(call.Call());
           }),
    ]);

    private static int Bits(int bits, int shift, bool granted) => granted ? bits << shift : 0x1FF & ~(bits << shift);

    private static void Own(CheckFolder f, int mode)
    {
        f.Own("x", CheckFolder.Alice, CheckFolder.Staff);
        Ok(Sys.Chmod("x", mode));
    }

    private static long Close(long fd) => fd < 0 ? fd : Sys.Close(fd);
}
