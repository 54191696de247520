namespace ByteFuse.PosixSuite;

/// <summary>unlink(2) of every type.</summary>
internal static class UnlinkChecks
{
    private static readonly string[] Kinds = ["file", "to-file", "to-nothing", "to-dir", "fifo", "device", "socket"];

    internal static CheckGroup Group { get; } = new("unlink",
    [
        .. Kinds.Select(kind => new Check($"unlink of {kind} removes the name and nothing else", f =>
        {
            OpenChecks.Make(f, kind);
            int before = f.Names().Length;
            Ok(Sys.Unlink("x"));
            Fails(ENOENT, Sys.Lstat("x", out _));
            Same(before - 1, f.Names().Length);
        })),
        new("unlink of a folder is EISDIR", f =>
        {
            f.Mkdir("d");
            Fails(EISDIR, Sys.Unlink("d"));
        }),
        new("unlink of \".\" is EISDIR", _ => Fails(EISDIR, Sys.Unlink("."))),
        new("unlink with a trailing slash on a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Unlink("a/"));
        }),
        new("unlink with a trailing slash on a folder is EISDIR", f =>
        {
            f.Mkdir("d");
            Fails(EISDIR, Sys.Unlink("d/"));
        }),
        new("unlink twice is ENOENT", f =>
        {
            f.Create("a");
            Ok(Sys.Unlink("a"));
            Fails(ENOENT, Sys.Unlink("a"));
        }),
        new("unlink of one of two links leaves the other", f =>
        {
            f.Create("a", content: "data");
            Ok(Sys.Link("a", "b"));
            Ok(Sys.Unlink("a"));
            Same(1u, StatOf("b").LinkCount);
            Same("data", f.Content("b"));
        }),
        new("unlinkat relative to a folder", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            Ok(Sys.UnlinkAt(f.Open("d", O_PATH), "a", 0));
            Same(0, f.Names("d").Length);
        }),
        new("unlinkat AT_REMOVEDIR of a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.UnlinkAt(AT_FDCWD, "a", AT_REMOVEDIR));
        }),
        new("unlinkat with an unknown flag is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.UnlinkAt(AT_FDCWD, "a", 1));
        }),
        new("a name made again is another file", f =>
        {
            f.Create("a", content: "old");
            long old = f.Open("a", O_RDONLY);
            Ok(Sys.Unlink("a"));
            f.Create("a", content: "new");
            True(FstatOf(old).Inode != StatOf("a").Inode);
            Same("new", f.Content("a"));
        }),
        new("create and unlink 500 times leaves nothing", f =>
        {
            for (int i = 0; i < 500; i++)
            {
                f.Create("a");
                Ok(Sys.Unlink("a"));
            }
            Same(0, f.Names().Length);
        }),
    ]);
}
