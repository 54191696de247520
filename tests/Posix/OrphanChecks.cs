namespace ByteFuse.PosixSuite;

/// <summary>Files that are open but have no name any more.</summary>
internal static class OrphanChecks
{
    internal static CheckGroup Group { get; } = new("open and unlinked",
    [
        new("can be read and written", f =>
        {
            long fd = Orphan(f);
            SameBytes("content"u8, Pattern.Read(fd, 0, 100));
            Pattern.Write(fd, Pattern.Of(200_000, 1), 3);
            SameBytes(Pattern.Of(200_000, 1), Pattern.Read(fd, 3, 300_000));
        }),
        new("has no links, its mode and owner stay", f =>
        {
            FileStatus status = FstatOf(Orphan(f));
            Same(0u, status.LinkCount);
            Same(S_IFREG | Octal(644), status.FullMode);
            Same(7L, status.Size);
        }),
        new("two opens share it until both are closed", f =>
        {
            f.Create("a", content: "content");
            long one = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC)), two = f.Open("a", O_RDWR);
            Ok(Sys.Unlink("a"));
            Ok(Sys.Pwrite(one, "CON"u8, 0));
            Ok(Sys.Close(one));
            SameBytes("CONtent"u8, Pattern.Read(two, 0, 100));
        }),
        new("its name can be taken by another file", f =>
        {
            long fd = Orphan(f);
            f.Create("a", content: "second");
            SameBytes("content"u8, Pattern.Read(fd, 0, 100));
            Same("second", f.Content("a"));
        }),
        new("/proc/self/fd opens it again", f =>
        {
            long fd = Orphan(f);
            SameBytes("content"u8, Pattern.Read(f.Open($"/proc/self/fd/{fd}", O_RDONLY), 0, 100));
        }),
        new("cannot get a name back", f =>
            Fails(ENOENT, Sys.LinkAt(AT_FDCWD, $"/proc/self/fd/{Orphan(f)}", AT_FDCWD, "b", AT_SYMLINK_FOLLOW))),
        new("takes attributes of all kinds", f =>
        {
            long fd = Orphan(f);
            Ok(Sys.Fchmod(fd, Octal(600)));
            Ok(Sys.Fchown(fd, 5, 6));
            Ok(Sys.FsetXattr(fd, "user.a", "v"u8));
            Ok(Sys.Futimens(fd, 1, 0, 2, 0));
            FileStatus status = FstatOf(fd);
            SameMode(Octal(600), status.Mode);
            Same(5u, status.Uid);
            Same(2L, status.ModifyTime.Seconds);
        }),
        new("of two links the file lives on by the other", f =>
        {
            f.Create("a", content: "content");
            Ok(Sys.Link("a", "b"));
            long fd = f.Open("a", O_RDWR);
            Ok(Sys.Unlink("a"));
            Same(1u, FstatOf(fd).LinkCount);
            Ok(Sys.Unlink("b"));
            Same(0u, FstatOf(fd).LinkCount);
            SameBytes("content"u8, Pattern.Read(fd, 0, 100));
        }),
        new("a hundred at once", f =>
        {
            var fds = new List<long>();
            for (int i = 0; i < 100; i++)
            {
                f.Create($"a{i}", content: $"{i}");
                fds.Add(f.Open($"a{i}", O_RDWR));
                Ok(Sys.Unlink($"a{i}"));
            }
            Same(0, f.Names().Length);
            for (int i = 0; i < 100; i++)
                Same($"{i}", System.Text.Encoding.ASCII.GetString(Pattern.Read(fds[i], 0, 10)));
        }),
        new("the space is free after the last close", f =>
        {
            long fd = Ok(Sys.Open("a", O_RDWR | O_CREAT | O_CLOEXEC, Octal(644)));
            Ok(Sys.Fallocate(fd, 0, 0, 64 << 20));
            Ok(Sys.Fsync(fd));
            Ok(Sys.Unlink("a"));
            ulong before = Free();
            Ok(Sys.Close(fd));
            // Freed asynchronously on FUSE (RELEASE) and by ext4's delayed discards; the watchdog bounds the wait.
            while (Free() < before + ((48 << 20) / 4096))
                Thread.Sleep(10);
        }),
        new("a removed folder held open keeps its attributes", f =>
        {
            f.Mkdir("d", 711);
            long fd = f.Open("d", O_RDONLY);
            Ok(Sys.Rmdir("d"));
            SameMode(Octal(711), FstatOf(fd).Mode);
            Ok(Sys.FsetXattr(fd, "user.a", "v"u8));
            Fails(ENOENT, Sys.OpenAt(fd, "x", O_RDWR | O_CREAT, Octal(644)));
        }),
        new("unlink and close from another thread while one writes", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            TaskThread remover = TaskThread.Start(() => Ok(Sys.Unlink("a")));
            for (int i = 0; i < 100; i++)
                Pattern.Write(fd, Pattern.Of(1000, i), i * 1000);
            remover.Join();
            Same(100_000L, FstatOf(fd).Size);
        }),
    ]);

    private static long Orphan(CheckFolder f)
    {
        f.Create("a", content: "content");
        long fd = f.Open("a", O_RDWR);
        Ok(Sys.Unlink("a"));
        return fd;
    }

    private static ulong Free()
    {
        Ok(Sys.Statfs(".", out VolumeStatus volume));
        return volume.BlocksFree * (ulong)volume.BlockSize / 4096;
    }
}
