namespace ByteFuse.PosixSuite;

/// <summary>fsync and its kin: that they answer; what survives a crash is another suite's matter.</summary>
internal static class SyncChecks
{
    internal static CheckGroup Group { get; } = new("sync",
    [
        new("fsync and fdatasync of a written file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "data"u8));
            Ok(Sys.Fsync(fd));
            Ok(Sys.Write(fd, "more"u8));
            Ok(Sys.Fdatasync(fd));
        }),
        new("fsync of a descriptor open for reading", f =>
        {
            f.Create("a");
            Ok(Sys.Fsync(f.Open("a", O_RDONLY)));
        }),
        new("fsync and fdatasync of a folder", f =>
        {
            f.Create("a");
            long fd = f.Open(".", O_RDONLY | O_DIRECTORY);
            Ok(Sys.Fsync(fd));
            Ok(Sys.Fdatasync(fd));
        }),
        new("fsync of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "data"u8));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Fsync(fd));
        }),
        new("fsync of a FIFO is EINVAL", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            Fails(EINVAL, Sys.Fsync(f.Open("p", O_RDWR)));
        }),
        new("fsync of an O_PATH descriptor is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.Fsync(f.Open("a", O_PATH)));
        }),
        new("fsync of a closed descriptor is EBADF", _ => Fails(EBADF, Sys.Fsync(100_000))),
        new("syncfs", f =>
        {
            f.Create("a", content: "data");
            Ok(Sys.Syncfs(f.Open("a", O_RDONLY)));
        }),
        new("O_SYNC and O_DSYNC writes", f =>
        {
            Same(4L, Sys.Write(f.Open("a", O_RDWR | O_CREAT | O_SYNC, Octal(644)), "data"u8));
            Same(4L, Sys.Write(f.Open("b", O_RDWR | O_CREAT | O_DSYNC, Octal(644)), "data"u8));
            Same("data", f.Content("a"));
            Same("data", f.Content("b"));
        }),
    ]);
}
