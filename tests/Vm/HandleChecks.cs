namespace ByteFuse.VmSuite;

/// <summary>
/// File handles after the kernel dropped what nobody holds: the server has nothing but the handle then, and the kernel asks
/// the daemon for the inode, and a folder's parents, by number.
/// </summary>
internal static class HandleChecks
{
    internal static IReadOnlyList<NfsCheck> All { get; } =
    [
        new("a file is found again", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            long path = f.Open("x", O_PATH);
            NfsServer.DropCaches();
            Same(7L, FstatOf(path).Size);
        }),
        new("an open file is read and written", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            long fd = f.Open("x", O_RDWR);
            NfsServer.DropCaches();
            SameBytes("content"u8, Pattern.Read(fd, 0, 100));
            NfsServer.DropCaches();
            Pattern.Write(fd, "C"u8.ToArray(), 0);
            Ok(Sys.Fsync(fd));
            SameBytes("Content"u8, NfsFolder.Read($"{f.Local}/x"));
        }),
        new("a file is found after another name took its place, in another folder", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            Ok(Sys.Mkdir($"{f.Local}/d"));
            long path = f.Open("x", O_PATH);
            Ok(Sys.Rename($"{f.Local}/x", $"{f.Local}/d/y"));
            NfsFolder.Write($"{f.Local}/x", "another"u8);
            ulong inode = StatOf($"{f.Local}/d/y").Inode;
            NfsServer.DropCaches();
            Same(inode, FstatOf(path).Inode);
        }),
        new("a folder is found again with its parents", f =>
        {
            Ok(Sys.Mkdir($"{f.Local}/a"));
            Ok(Sys.Mkdir($"{f.Local}/a/b"));
            Ok(Sys.Mkdir($"{f.Local}/a/b/c"));
            ulong parent = StatOf($"{f.Local}/a/b").Inode;
            long folder = f.Open("a/b/c", O_RDONLY | O_DIRECTORY);
            NfsServer.DropCaches();
            Ok(Sys.Close(Ok(Sys.OpenAt(folder, "x", O_WRONLY | O_CREAT | O_EXCL, Octal(644)))));
            Ok(Sys.Statx(folder, "..", 0, STATX_BASIC_STATS, out FileStatus status));
            Same(parent, status.Inode);
            Ok(Sys.Lstat($"{f.Local}/a/b/c/x", out _));
        }),
        new("a folder is found again after it was moved", f =>
        {
            Ok(Sys.Mkdir($"{f.Local}/a"));
            Ok(Sys.Mkdir($"{f.Local}/a/c"));
            Ok(Sys.Mkdir($"{f.Local}/b"));
            long folder = f.Open("a/c", O_RDONLY | O_DIRECTORY);
            Ok(Sys.Rename($"{f.Local}/a/c", $"{f.Local}/b/d"));
            NfsServer.DropCaches();
            Ok(Sys.MkdirAt(folder, "e", Octal(755)));
            Ok(Sys.Lstat($"{f.Local}/b/d/e", out _));
        }),
        new("a symbolic link is found again", f =>
        {
            Ok(Sys.Symlink("target", $"{f.Local}/s"));
            long path = f.Open("s", O_PATH | O_NOFOLLOW);
            NfsServer.DropCaches();
            Same(S_IFLNK, FstatOf(path).Type);
        }),
        new("a removed file is ESTALE", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            long path = f.Open("x", O_PATH);
            Ok(Sys.Unlink($"{f.Local}/x"));
            NfsServer.DropCaches();
            Fails(ESTALE, Sys.Fstat(path, out _));
        }),
        new("a removed file is ESTALE although a new one took its name", f =>
        {
            NfsFolder.Write($"{f.Local}/x", "content"u8);
            long path = f.Open("x", O_PATH);
            Ok(Sys.Unlink($"{f.Local}/x"));
            NfsFolder.Write($"{f.Local}/x", "another"u8);
            NfsServer.DropCaches();
            Fails(ESTALE, Sys.Fstat(path, out _));
            SameBytes("another"u8, NfsFolder.Read($"{f.Nfs}/x"));
        }),
        new("a removed folder is ESTALE", f =>
        {
            Ok(Sys.Mkdir($"{f.Local}/d"));
            long folder = f.Open("d", O_RDONLY | O_DIRECTORY);
            Ok(Sys.Rmdir($"{f.Local}/d"));
            NfsServer.DropCaches();
            Fails(ESTALE, Sys.Fstat(folder, out _));
        }),
    ];
}
