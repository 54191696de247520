namespace ByteFuse.PosixSuite;

/// <summary>statfs, fstatfs.</summary>
internal static class StatfsChecks
{
    internal static CheckGroup Group { get; } = new("statfs",
    [
        new("figures are sane", _ =>
        {
            Ok(Sys.Statfs(".", out VolumeStatus volume));
            True(volume.BlockSize is >= 512 and <= 1 << 20);
            True(volume.Blocks > 0 && volume.BlocksFree <= volume.Blocks && volume.BlocksAvailable <= volume.BlocksFree);
            True(volume.Files > 0 && volume.FilesFree <= volume.Files);
            Same(255L, volume.NameLength);
        }),
        new("fstatfs answers the same", f =>
        {
            Ok(Sys.Statfs(".", out VolumeStatus one));
            Ok(Sys.Fstatfs(f.Open("a", O_RDWR | O_CREAT, Octal(644)), out VolumeStatus two));
            Same(one.Type, two.Type);
            Same(one.Blocks, two.Blocks);
            Same(one.NameLength, two.NameLength);
        }),
        new("allocated space is taken off the free space", f =>
        {
            Ok(Sys.Statfs(".", out VolumeStatus before));
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Fallocate(fd, 0, 0, 64 << 20));
            Ok(Sys.Fsync(fd));
            Ok(Sys.Statfs(".", out VolumeStatus after));
            // Others may use the disk below at the same time: half of what was allocated must show.
            True((before.BlocksFree - after.BlocksFree) * (ulong)before.BlockSize is >= 32 << 20 and < 1UL << 40);
        }),
        new("through a link and of a file", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.Statfs("link", out VolumeStatus one));
            Ok(Sys.Statfs("a", out VolumeStatus two));
            Same(one.Blocks, two.Blocks);
        }),
        new("of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Fstatfs(fd, out _));
        }),
        new("as a user", f => Ok(f.AsAlice(() => Sys.Statfs(".", out _)))),
    ]);
}
