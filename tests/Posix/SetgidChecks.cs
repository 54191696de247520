namespace ByteFuse.PosixSuite;

/// <summary>Setgid folders pass on their group (fs/inode.c inode_init_owner) and files lose the bit to strangers.</summary>
internal static class SetgidChecks
{
    private static readonly (string Name, Func<string, long> Call)[] Makers =
    [
        ("open", path => Close(Sys.Open(path, O_RDWR | O_CREAT, Octal(644)))),
        ("mkdir", path => Sys.Mkdir(path, Octal(755))),
        ("mknod", path => Sys.Mknod(path, S_IFREG | Octal(644))),
        ("mkfifo", path => Sys.Mkfifo(path, Octal(644))),
        ("symlink", path => Sys.Symlink("t", path)),
    ];

    internal static CheckGroup Group { get; } = new("setgid",
    [
        .. Makers.Select(maker => new Check($"{maker.Name} in a setgid folder takes its group", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => maker.Call("d/x")));
            Same((uint)CheckFolder.Staff, LstatOf("d/x").Gid);
            Same((uint)CheckFolder.Alice, LstatOf("d/x").Uid);
        })),
        .. Makers.Select(maker => new Check($"{maker.Name} in an ordinary folder takes the user's group", f =>
        {
            Folder(f, 777);
            Ok(f.AsAlice(() => maker.Call("d/x")));
            Same((uint)CheckFolder.Alice, LstatOf("d/x").Gid);
        })),
        new("a subfolder becomes setgid itself", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => Sys.Mkdir("d/x", Octal(755))));
            SameMode(Octal(2755), StatOf("d/x").Mode);
            Ok(f.AsAlice(() => Sys.Mkdir("d/x/y", Octal(700))));
            SameMode(Octal(2700), StatOf("d/x/y").Mode);
            Same((uint)CheckFolder.Staff, StatOf("d/x/y").Gid);
        }),
        new("a file does not become setgid", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => Close(Sys.Open("d/x", O_RDWR | O_CREAT, Octal(755)))));
            SameMode(Octal(755), StatOf("d/x").Mode);
        }),
        new("a setgid executable made by a stranger to the group loses the bit", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => Close(Sys.Open("d/x", O_RDWR | O_CREAT, Octal(2755)))));
            SameMode(Octal(755), StatOf("d/x").Mode);
        }),
        new("a setgid executable made by a member of the group keeps the bit", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => Close(Sys.Open("d/x", O_RDWR | O_CREAT, Octal(2755))), CheckFolder.Staff));
            SameMode(Octal(2755), StatOf("d/x").Mode);
        }),
        new("a setgid executable made by root keeps the bit", f =>
        {
            Folder(f, 2777);
            Ok(Close(Sys.Open("d/x", O_RDWR | O_CREAT, Octal(2755))));
            SameMode(Octal(2755), StatOf("d/x").Mode);
        }),
        new("mknod of a setgid executable by a stranger loses the bit", f =>
        {
            Folder(f, 2777);
            Ok(f.AsAlice(() => Sys.Mknod("d/x", S_IFREG | Octal(2755))));
            SameMode(Octal(755), StatOf("d/x").Mode);
        }),
        new("O_TMPFILE in a setgid folder takes its group", f =>
        {
            Folder(f, 2777);
            Same((long)CheckFolder.Staff, f.AsAlice(() =>
            {
                long fd = Ok(Sys.Open("d", O_RDWR | O_TMPFILE, Octal(644)));
                long group = FstatOf(fd).Gid;
                Sys.Close(fd);
                return group;
            }));
        }),
        new("a file moved into a setgid folder keeps its group", f =>
        {
            Folder(f, 2777);
            f.Create("x");
            Ok(Sys.Rename("x", "d/x"));
            Same(0u, StatOf("d/x").Gid);
        }),
        new("chmod by an owner outside the file's group clears setgid", f =>
        {
            f.Create("x", 755);
            f.Own("x", CheckFolder.Alice, CheckFolder.Staff);
            Ok(f.AsAlice(() => Sys.Chmod("x", Octal(2755))));
            SameMode(Octal(755), StatOf("x").Mode);
        }),
        new("chmod by an owner in the file's group keeps setgid", f =>
        {
            f.Create("x", 755);
            f.Own("x", CheckFolder.Alice, CheckFolder.Staff);
            Ok(f.AsAlice(() => Sys.Chmod("x", Octal(2755)), CheckFolder.Staff));
            SameMode(Octal(2755), StatOf("x").Mode);
        }),
        new("chmod by root keeps setgid", f =>
        {
            f.Create("x", 755);
            f.Own("x", CheckFolder.Alice, CheckFolder.Staff);
            Ok(Sys.Chmod("x", Octal(2755)));
            SameMode(Octal(2755), StatOf("x").Mode);
        }),
        new("chmod of a folder by an owner outside its group clears setgid", f =>
        {
            f.Mkdir("x");
            f.Own("x", CheckFolder.Alice, CheckFolder.Staff);
            Ok(f.AsAlice(() => Sys.Chmod("x", Octal(2755))));
            SameMode(Octal(755), StatOf("x").Mode);
        }),
    ]);

    private static void Folder(CheckFolder f, int mode)
    {
        f.Mkdir("d");
        f.Own("d", 0, CheckFolder.Staff);
        Ok(Sys.Chmod("d", Octal(mode)));
    }

    private static long Close(long fd) => fd < 0 ? fd : Sys.Close(fd);
}
