namespace ByteFuse.VmSuite;

/// <summary>Names, contents and attributes: what is done over NFS is seen on the mount, and the other way round.</summary>
internal static class FileChecks
{
    private static readonly int[] Sizes = [0, 1, 4097, (1 << 20) + 5];

    internal static IReadOnlyList<NfsCheck> All { get; } =
    [
        new("a file written over NFS is the same on the mount", f =>
        {
            foreach (int size in Sizes)
            {
                NfsFolder.Write($"{f.Nfs}/{size}", Pattern.Of(size, size));
                SameBytes(Pattern.Of(size, size), NfsFolder.Read($"{f.Local}/{size}"));
            }
        }),
        new("a file written on the mount is the same over NFS", f =>
        {
            foreach (int size in Sizes)
            {
                NfsFolder.Write($"{f.Local}/{size}", Pattern.Of(size, size));
                SameBytes(Pattern.Of(size, size), NfsFolder.Read($"{f.Nfs}/{size}"));
            }
        }),
        new("a file is overwritten, truncated and appended to", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "0123456789"u8);
            Ok(Sys.Truncate($"{f.Nfs}/x", 6));
            long fd = f.Open("x", O_WRONLY);
            Pattern.Write(fd, "ab"u8.ToArray(), 2);
            Pattern.Write(fd, "tail"u8.ToArray(), 8);
            Ok(Sys.Fsync(fd));
            SameBytes("01ab45\0\0tail"u8, NfsFolder.Read($"{f.Local}/x"));
        }),
        new("mode, owner and times are set", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "x"u8);
            Ok(Sys.Chown($"{f.Nfs}/x", 1001, 1002));
            Ok(Sys.Chmod($"{f.Nfs}/x", Octal(4751)));
            var time = new Timestamp(1_000_000_000, 123_456_789);
            Ok(Sys.UtimensAt(AT_FDCWD, $"{f.Nfs}/x", time.Seconds, time.Nanoseconds, time.Seconds, time.Nanoseconds));
            foreach (FileStatus status in new[] { StatOf($"{f.Local}/x"), StatOf($"{f.Nfs}/x") })
            {
                SameMode(Octal(4751), status.Mode);
                Same((1001u, 1002u), (status.Uid, status.Gid));
                Same(time, status.ModifyTime);
            }
        }),
        new("inode numbers are the mount's", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "x"u8);
            Ok(Sys.Mkdir($"{f.Nfs}/d"));
            Same(StatOf($"{f.Local}/x").Inode, StatOf($"{f.Nfs}/x").Inode);
            Same(StatOf($"{f.Local}/d").Inode, StatOf($"{f.Nfs}/d").Inode);
        }),
        new("a hard link is one file with two names", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "content"u8);
            Ok(Sys.Link($"{f.Nfs}/x", $"{f.Nfs}/y"));
            Same(2u, StatOf($"{f.Local}/y").LinkCount);
            Same(StatOf($"{f.Nfs}/x").Inode, StatOf($"{f.Nfs}/y").Inode);
            Ok(Sys.Unlink($"{f.Nfs}/x"));
            SameBytes("content"u8, NfsFolder.Read($"{f.Nfs}/y"));
            Same(1u, StatOf($"{f.Local}/y").LinkCount);
        }),
        new("a symbolic link of 1000 bytes", f =>
        {
            string target = new('t', 1000);
            Ok(Sys.Symlink(target, $"{f.Nfs}/s"));
            Ok(Sys.Readlink($"{f.Local}/s", out string local));
            Ok(Sys.Readlink($"{f.Nfs}/s", out string remote));
            Same(target, local);
            Same(target, remote);
        }),
        new("a FIFO and a device node", f =>
        {
            Ok(Sys.Mkfifo($"{f.Nfs}/fifo", Octal(600)));
            Ok(Sys.Mknod($"{f.Nfs}/null", S_IFCHR | Octal(600), Sys.Device(1, 3)));
            Same(S_IFIFO, LstatOf($"{f.Local}/fifo").Type);
            Same((1u, 3u), (LstatOf($"{f.Local}/null").RdevMajor, LstatOf($"{f.Local}/null").RdevMinor));
        }),
        new("a rename over another file, into another folder", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "new"u8);
            Ok(Sys.Mkdir($"{f.Nfs}/d"));
            NfsFolder.Write($"{f.Nfs}/d/y", "old"u8);
            Ok(Sys.Rename($"{f.Nfs}/x", $"{f.Nfs}/d/y"));
            SameBytes("new"u8, NfsFolder.Read($"{f.Local}/d/y"));
            Fails(ENOENT, Sys.Lstat($"{f.Local}/x", out _));
            Same("y", string.Join(' ', NfsFolder.Names($"{f.Nfs}/d")));
        }),
        new("a folder is renamed with what is in it", f =>
        {
            Ok(Sys.Mkdir($"{f.Nfs}/a"));
            Ok(Sys.Mkdir($"{f.Nfs}/b"));
            NfsFolder.Write($"{f.Nfs}/a/x", "x"u8);
            Ok(Sys.Rename($"{f.Nfs}/a", $"{f.Nfs}/b/c"));
            SameBytes("x"u8, NfsFolder.Read($"{f.Local}/b/c/x"));
            Same(StatOf($"{f.Local}/b").Inode, StatOf($"{f.Local}/b/c/..").Inode);
        }),
        new("errors are the mount's own", f =>
        {
            Ok(Sys.Mkdir($"{f.Local}/d"));
            NfsFolder.Write($"{f.Local}/d/x", "x"u8);
            Fails(ENOTEMPTY, Sys.Rmdir($"{f.Nfs}/d"));
            Fails(EEXIST, Sys.Mkdir($"{f.Nfs}/d"));
            Fails(ENOENT, Sys.Lstat($"{f.Nfs}/missing", out _));
            Fails(ENOTDIR, Sys.Lstat($"{f.Nfs}/d/x/y", out _));
            Ok(Sys.Mkdir($"{f.Nfs}/{new string('n', 255)}"));
            Fails(ENAMETOOLONG, Sys.Mkdir($"{f.Nfs}/{new string('n', 256)}"));
        }),
        new("a file removed while it is open is read until it is closed", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "content"u8);
            long fd = f.Open("x", O_RDWR);
            Ok(Sys.Unlink($"{f.Nfs}/x"));
            Pattern.Write(fd, "more"u8.ToArray(), 7);
            Ok(Sys.Fsync(fd));
            NfsServer.DropCaches();
            SameBytes("contentmore"u8, Pattern.Read(fd, 0, 100));
            // The client keeps it under a name of its own.
            True(NfsFolder.Names(f.Local).Single().StartsWith(".nfs", StringComparison.Ordinal));
            f.Dispose();
            // It removes it in the background.
            True(SpinWait.SpinUntil(() => NfsFolder.Names(f.Local).Length == 0, TimeSpan.FromSeconds(30)), "the name is gone");
        }),
        new("free space is the mount's", f =>
        {
            Ok(Sys.Statfs(f.Local, out VolumeStatus local));
            Ok(Sys.Statfs(f.Nfs, out VolumeStatus remote));
            Same(local.Blocks * (ulong)local.BlockSize, remote.Blocks * (ulong)remote.BlockSize);
        }),
    ];

    /// <summary>What version 3 does not have, or has only by way of another daemon.</summary>
    internal static IReadOnlyList<NfsCheck> Version4 { get; } =
    [
        new("a user xattr set over NFS is the mount's", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "x"u8);
            long set = Sys.SetXattr($"{f.Nfs}/x", "user.color", "blue"u8);
            // xattr_supported_namespace() looks for a handler of this prefix; FUSE has one for all prefixes.
            if (set == -EOPNOTSUPP)
                throw new CheckSkippedException("this kernel's NFS server offers no user xattrs of a FUSE file system");
            Ok(set);
            var value = new byte[10];
            SameBytes("blue"u8, value.AsSpan(0, (int)Ok(Sys.GetXattr($"{f.Local}/x", "user.color", value))));
            Ok(Sys.RemoveXattr($"{f.Local}/x", "user.color"));
            Fails(ENODATA, Sys.GetXattr($"{f.Nfs}/x", "user.color", value));
        }),
        new("a byte range locked over NFS is locked on the mount", f =>
        {
            NfsFolder.Write($"{f.Nfs}/x", "content"u8);
            long remote = f.Open("x", O_RDWR), local = f.OpenLocal("x", O_RDWR);
            Ok(Sys.FcntlLock(remote, F_OFD_SETLK, F_WRLCK, 0, 4));
            Fails(EAGAIN, Sys.FcntlLock(local, F_OFD_SETLK, F_WRLCK, 3, 1));
            Ok(Sys.FcntlLock(local, F_OFD_SETLK, F_WRLCK, 4, 1));
            Fails(EAGAIN, Sys.FcntlLock(remote, F_OFD_SETLK, F_WRLCK, 4, 1));
            Ok(Sys.FcntlLock(remote, F_OFD_SETLK, F_UNLCK, 0, 4));
            Ok(Sys.FcntlLock(local, F_OFD_SETLK, F_WRLCK, 3, 1));
        }),
        new("a file that is open over NFS is read after the mount removed it", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            long fd = f.Open("x", O_RDONLY);
            Ok(Sys.Unlink($"{f.Local}/x"));
            NfsServer.DropCaches();
            SameBytes("content"u8, Pattern.Read(fd, 0, 100));
        }),
        new("holes and data are told apart", f =>
        {
            long fd = f.Open("x", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, "data"u8.ToArray(), 1 << 20);
            Ok(Sys.Fsync(fd));
            Same(1L << 20, Sys.Lseek(fd, 0, SEEK_DATA));
            Same(0L, Sys.Lseek(fd, 0, SEEK_HOLE));
        }),
    ];
}
