namespace ByteFuse.PosixSuite;

/// <summary>Offsets beyond 32 bits, sparse files, the largest file.</summary>
internal static class LargeFileChecks
{
    private static readonly (string Name, long Offset)[] Offsets =
    [
        ("2 GiB - 1", (1L << 31) - 1), ("2 GiB", 1L << 31), ("4 GiB - 3", (1L << 32) - 3), ("5 GiB", 5L << 30),
        ("1 TiB", 1L << 40), ("15 TiB", 15L << 40),
    ];

    internal static CheckGroup Group { get; } = new("large files",
    [
        .. Offsets.Select(row => new Check($"7 bytes at {row.Name}", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Same(7L, Sys.Pwrite(fd, "seven-7"u8, row.Offset));
            Same(row.Offset + 7, FstatOf(fd).Size);
            SameBytes("seven-7"u8, Pattern.Read(fd, row.Offset, 100));
            Same(row.Offset + 7, Sys.Lseek(fd, 0, SEEK_END));
            True(Pattern.Read(fd, row.Offset - 5000, 5000).AsSpan().IndexOfAnyExcept((byte)0) < 0);
            True(FstatOf(fd).Blocks < 1024, "a sparse file takes few blocks");
        })),
        .. Offsets.Select(row => new Check($"truncate to {row.Name} and back", f =>
        {
            f.Create("a", content: "abc");
            Ok(Sys.Truncate("a", row.Offset));
            Same(row.Offset, StatOf("a").Size);
            Ok(Sys.Truncate("a", 2));
            Same("ab", f.Content("a"));
        })),
        new("a 5 GiB sparse file with marks at each GiB", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            for (long gib = 0; gib < 5; gib++)
                Ok(Sys.Pwrite(fd, [(byte)(gib + 1)], gib << 30));
            for (long gib = 0; gib < 5; gib++)
                SameBytes([(byte)(gib + 1)], Pattern.Read(fd, gib << 30, 1));
            Same((4L << 30) + 1, FstatOf(fd).Size);
        }),
        new("a write at the largest offset is EFBIG", f =>
            Fails(EFBIG, Sys.Pwrite(f.Open("a", O_RDWR | O_CREAT, Octal(644)), "x"u8, long.MaxValue - 1))),
        new("a write over the largest offset is EINVAL", f =>
            Fails(EINVAL, Sys.Pwrite(f.Open("a", O_RDWR | O_CREAT, Octal(644)), "xx"u8, long.MaxValue))),
        new("the last byte of the largest file can be written, none behind it", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644)), size = LargestSize(fd);
            Ok(Sys.Ftruncate(fd, 0));
            Same(1L, Sys.Pwrite(fd, "x"u8, size - 1));
            Same(size, FstatOf(fd).Size);
            Fails(EFBIG, Sys.Pwrite(fd, "y"u8, size));
            Fails(EFBIG, Sys.Ftruncate(fd, size + 1));
            Fails(EFBIG, Sys.Fallocate(fd, 0, size - 1, 2));
            Same(size, FstatOf(fd).Size);
            // What fits is written, and the file ends there.
            Ok(Sys.Ftruncate(fd, 0));
            Same(2L, Sys.Pwrite(fd, "abc"u8, size - 2));
            Same(size, FstatOf(fd).Size);
            SameBytes("ab"u8, Pattern.Read(fd, size - 2, 100));
        }),
        new("a refused write leaves the file as it was", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDWR);
            Fails(EFBIG, Sys.Pwrite(fd, "x"u8, long.MaxValue - 1));
            Fails(EFBIG, Sys.Ftruncate(fd, long.MaxValue));
            Same(3L, FstatOf(fd).Size);
            Same("abc", f.Content("a"));
        }),
        new("fallocate over the largest offset is EFBIG", f =>
            Fails(EFBIG, Sys.Fallocate(f.Open("a", O_RDWR | O_CREAT, Octal(644)), 0, long.MaxValue - 10, 100))),
    ]);

    // By halves: the file system below a mount has a bound that the mount's own kernel does not know.
    private static long LargestSize(long fd)
    {
        long least = 0, beyond = long.MaxValue;
        while (beyond - least > 1)
        {
            long middle = least + ((beyond - least) / 2);
            long result = Sys.Ftruncate(fd, middle);
            if (result < 0)
                Fails(EFBIG, result);
            if (result < 0)
                beyond = middle;
            else
                least = middle;
        }
        return least;
    }
}
