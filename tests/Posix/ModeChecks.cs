namespace ByteFuse.PosixSuite;

/// <summary>chmod and its kin.</summary>
internal static class ModeChecks
{
    internal static CheckGroup Group { get; } = new("chmod",
    [
        .. new[] { 0, 1, 7, 70, 644, 700, 777, 1777, 2755, 4755, 7777 }.Select(mode => new Check($"a file to {mode:D4}", f =>
        {
            f.Create("a");
            Ok(Sys.Chmod("a", Octal(mode)));
            Same(S_IFREG | Octal(mode), StatOf("a").FullMode);
        })),
        .. new[] { 0, 711, 1777, 2755, 7777 }.Select(mode => new Check($"a folder to {mode:D4}", f =>
        {
            f.Mkdir("a");
            Ok(Sys.Chmod("a", Octal(mode)));
            Same(S_IFDIR | Octal(mode), StatOf("a").FullMode);
        })),
        new("type bits in the mode are ignored", f =>
        {
            f.Create("a");
            Ok(Sys.Chmod("a", S_IFDIR | Octal(600)));
            Same(S_IFREG | Octal(600), StatOf("a").FullMode);
        }),
        new("the umask does not count", f =>
        {
            f.Create("a");
            Sys.Umask(Octal(77));
            Ok(Sys.Chmod("a", Octal(666)));
            SameMode(Octal(666), StatOf("a").Mode);
        }),
        new("fchmod", f =>
        {
            long fd = f.Open("a", O_RDONLY | O_CREAT, Octal(644));
            Ok(Sys.Fchmod(fd, Octal(600)));
            SameMode(Octal(600), StatOf("a").Mode);
        }),
        new("fchmod of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDONLY | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Fchmod(fd, Octal(600)));
            SameMode(Octal(600), FstatOf(fd).Mode);
        }),
        new("fchmod of an O_PATH descriptor is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.Fchmod(f.Open("a", O_PATH), Octal(600)));
        }),
        new("fchmodat relative to a folder", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Ok(Sys.FchmodAt(f.Open("d", O_PATH), "a", Octal(600)));
            SameMode(Octal(600), StatOf("d/a").Mode);
        }),
        new("fchmodat2 AT_EMPTY_PATH", f =>
        {
            f.Create("a");
            Ok(Sys.FchmodAt2(f.Open("a", O_PATH), "", Octal(600), AT_EMPTY_PATH));
            SameMode(Octal(600), StatOf("a").Mode);
        }),
        new("by others than the owner is EPERM", f =>
        {
            f.Create("a", 666);
            Fails(EPERM, f.AsAlice(() => Sys.Chmod("a", Octal(644))));
        }),
        new("by a member of the group is EPERM", f =>
        {
            f.Create("a", 666);
            f.Own("a", CheckFolder.Bob, CheckFolder.Staff);
            Fails(EPERM, f.AsAlice(() => Sys.Chmod("a", Octal(644)), CheckFolder.Staff));
        }),
        new("by the owner without any permission on the file", f =>
        {
            f.Create("a", 0);
            f.Own("a");
            Ok(f.AsAlice(() => Sys.Chmod("a", Octal(600))));
        }),
        new("the owner sets suid on his file", f =>
        {
            f.Create("a", 755);
            f.Own("a");
            Ok(f.AsAlice(() => Sys.Chmod("a", Octal(4755))));
            SameMode(Octal(4755), StatOf("a").Mode);
        }),
        new("of a FIFO, a device and a socket", _ =>
        {
            Ok(Sys.Mkfifo("p", Octal(644)));
            Ok(Sys.Mknod("c", S_IFCHR | Octal(644), Sys.Device(1, 3)));
            Ok(Sys.Mknod("s", S_IFSOCK | Octal(644)));
            foreach (string name in new[] { "p", "c", "s" })
            {
                Ok(Sys.Chmod(name, Octal(600)));
                SameMode(Octal(600), LstatOf(name).Mode);
            }
        }),
    ]);
}
