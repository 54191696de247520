namespace ByteFuse.PosixSuite;

/// <summary>link(2), linkat(2).</summary>
internal static class LinkChecks
{
    internal static CheckGroup Group { get; } = new("link",
    [
        .. new[] { "file", "to-file", "to-nothing", "to-dir", "fifo", "device", "socket" }.Select(kind =>
            new Check($"link of {kind} shares the inode, not what it points at", f =>
            {
                OpenChecks.Make(f, kind);
                Ok(Sys.Link("x", "y"));
                Same(LstatOf("x").Inode, LstatOf("y").Inode);
                Same(2u, LstatOf("y").LinkCount);
                Same(LstatOf("x").FullMode, LstatOf("y").FullMode);
            })),
        new("link of a folder is EPERM", f =>
        {
            f.Mkdir("d");
            Fails(EPERM, Sys.Link("d", "e"));
        }),
        new("link over an existing name is EEXIST", f =>
        {
            f.Create("a", content: "a");
            f.Create("b", content: "b");
            Fails(EEXIST, Sys.Link("a", "b"));
            Same("b", f.Content("b"));
            Same(1u, StatOf("a").LinkCount);
        }),
        new("link over itself is EEXIST", f =>
        {
            f.Create("a");
            Fails(EEXIST, Sys.Link("a", "a"));
        }),
        new("link of a missing file is ENOENT", _ => Fails(ENOENT, Sys.Link("a", "b"))),
        new("link across file systems is EXDEV", f =>
        {
            f.Create("a");
            Fails(EXDEV, Sys.Link("a", $"/dev/posix-suite-{Environment.ProcessId}"));
        }),
        new("linkat AT_SYMLINK_FOLLOW links the target", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.LinkAt(AT_FDCWD, "link", AT_FDCWD, "b", AT_SYMLINK_FOLLOW));
            Same(StatOf("a").Inode, LstatOf("b").Inode);
        }),
        new("linkat AT_EMPTY_PATH links an open file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.LinkAt(fd, "", AT_FDCWD, "b", AT_EMPTY_PATH));
            Same(2u, StatOf("b").LinkCount);
        }),
        new("linkat of an unlinked open file is ENOENT", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Fails(ENOENT, Sys.LinkAt(fd, "", AT_FDCWD, "b", AT_EMPTY_PATH));
        }),
        new("linkat with an unknown flag is EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.LinkAt(AT_FDCWD, "a", AT_FDCWD, "b", 1));
        }),
        new("a write through one link is read through the other", f =>
        {
            f.Create("a", content: "old");
            Ok(Sys.Link("a", "b"));
            long fd = f.Open("b", O_WRONLY);
            Same(3L, Sys.Write(fd, "new"u8));
            Same("new", f.Content("a"));
        }),
        new("chmod through one link is seen through the other", f =>
        {
            f.Create("a");
            f.Mkdir("d");
            Ok(Sys.Link("a", "d/b"));
            Ok(Sys.Chmod("d/b", Octal(600)));
            SameMode(Octal(600), StatOf("a").Mode);
        }),
        new("200 links count to 201 and back to 1", f =>
        {
            f.Create("a");
            for (int i = 0; i < 200; i++)
                Ok(Sys.Link("a", $"l{i}"));
            Same(201u, StatOf("l7").LinkCount);
            for (int i = 0; i < 200; i++)
                Ok(Sys.Unlink($"l{i}"));
            Same(1u, StatOf("a").LinkCount);
        }),
        new("the owner may link what belongs to him", f =>
        {
            f.Create("a", 600);
            f.Own("a");
            Ok(f.AsAlice(() => Sys.Link("a", "b")));
        }),
    ]);
}
