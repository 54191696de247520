namespace ByteFuse.PosixSuite;

/// <summary>
/// relatime (fs/inode.c relatime_need_update): atime moves at a read if it is not later than mtime or ctime, or a day old.
/// </summary>
internal static class AccessTimeChecks
{
    private const long Hour = 3600, Day = 24 * Hour;

    internal static CheckGroup Group { get; } = new("access time",
    [
        new("a read moves an atime older than mtime", f => ReadAfter(f, -2 * Hour, -Hour, moves: true)),
        new("a read moves an atime older than a day", f => ReadAfter(f, -Day - Hour, -2 * Day, moves: true)),
        new("O_NOATIME leaves an old atime", f =>
        {
            Prepare(f, -2 * Hour, -Hour);
            long fd = f.Open("a", O_RDONLY | O_NOATIME);
            Timestamp before = FstatOf(fd).AccessTime;
            Same(4L, Sys.Read(fd, new byte[4]));
            Same(before, FstatOf(fd).AccessTime);
        }),
        new("a recent atime, later than mtime and ctime, stays", f =>
        {
            Prepare(f, -2 * Hour, -Hour);
            CheckFolder.Tick();
            ReadOnce(f);
            CheckFolder.Tick();
            Timestamp before = StatOf("a").AccessTime;
            ReadOnce(f);
            Same(before, StatOf("a").AccessTime);
        }),
        new("a read after a write moves atime again", f =>
        {
            f.Create("a", content: "data");
            CheckFolder.Tick();
            ReadOnce(f);
            long fd = f.Open("a", O_WRONLY);
            CheckFolder.Tick();
            Ok(Sys.Write(fd, "DATA"u8));
            Timestamp before = StatOf("a").AccessTime;
            CheckFolder.Tick();
            ReadOnce(f);
            True(StatOf("a").AccessTime > before);
        }),
        new("a read moves neither mtime nor ctime", f =>
        {
            Prepare(f, -2 * Hour, -Hour);
            FileStatus before = StatOf("a");
            CheckFolder.Tick();
            ReadOnce(f);
            TimesMatrix.Moved("A", before, StatOf("a"), "file");
        }),
        new("listing a folder moves its atime", f =>
        {
            f.Mkdir("d");
            f.Create("d/a");
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            Ok(Sys.UtimensAt(AT_FDCWD, "d", now - (2 * Hour), 0, now - Hour, 0));
            f.Names("d");
            True(StatOf("d").AccessTime.Seconds >= now - 2);
        }),
        new("readlink moves a link's atime", _ =>
        {
            Ok(Sys.Symlink("t", "link"));
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            Ok(Sys.UtimensAt(AT_FDCWD, "link", now - (2 * Hour), 0, now - Hour, 0, AT_SYMLINK_NOFOLLOW));
            Ok(Sys.Readlink("link", out string _));
            True(LstatOf("link").AccessTime.Seconds >= now - 2);
        }),
        new("a read of zero bytes at the end of the file still counts as a read", f =>
        {
            Prepare(f, -2 * Hour, -Hour);
            long fd = f.Open("a", O_RDONLY);
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            Same(0L, Sys.Pread(fd, new byte[4], 100));
            Ok(Sys.Close(Ok(Sys.Dup(fd))));
            True(FstatOf(fd).AccessTime.Seconds <= now + 2);
        }),
        new("stat, open for writing and write leave atime", f =>
        {
            Prepare(f, -2 * Hour, -Hour);
            Timestamp before = StatOf("a").AccessTime;
            long fd = f.Open("a", O_WRONLY);
            Ok(Sys.Write(fd, "x"u8));
            Same(before, StatOf("a").AccessTime);
        }),
    ]);

    private static void Prepare(CheckFolder f, long atime, long mtime)
    {
        f.Create("a", content: "data");
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Ok(Sys.UtimensAt(AT_FDCWD, "a", now + atime, 0, now + mtime, 0));
    }

    private static void ReadAfter(CheckFolder f, long atime, long mtime, bool moves)
    {
        Prepare(f, atime, mtime);
        Timestamp before = StatOf("a").AccessTime;
        CheckFolder.Tick();
        ReadOnce(f);
        Same(moves, StatOf("a").AccessTime > before);
    }

    private static void ReadOnce(CheckFolder f) => Same(4, f.Content("a").Length);
}
