namespace ByteFuse.PosixSuite;

/// <summary>truncate(2), ftruncate(2).</summary>
internal static class TruncateChecks
{
    private static readonly long[] Sizes = [0, 1, 511, 4095, 4096, 4097, 65536, 131072, 1_000_000];

    internal static CheckGroup Group { get; } = new("truncate",
    [
        .. from size in Sizes
           select new Check($"100000 bytes to {size}: what remains is kept, what is new is zero", f =>
           {
               long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
               byte[] data = Pattern.Of(100_000, 1);
               Pattern.Write(fd, data, 0);
               Ok(Sys.Truncate("a", size));
               Same(size, FstatOf(fd).Size);
               int kept = (int)Math.Min(size, data.Length);
               byte[] now = Pattern.Read(fd, 0, (int)size + 10);
               Same(size, (long)now.Length);
               SameBytes(data.AsSpan(0, kept), now.AsSpan(0, kept));
               True(now.AsSpan(kept).IndexOfAnyExcept((byte)0) < 0);
           }),
        .. from size in new long[] { 1, 100, 4095, 4096, 5000 }
           select new Check($"cut to {size} and extended again: the cut bytes are zero", f =>
           {
               long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
               Pattern.Write(fd, Pattern.Of(20_000, 1), 0);
               Ok(Sys.Ftruncate(fd, size));
               Ok(Sys.Ftruncate(fd, 20_000));
               True(Pattern.Read(fd, size, 20_000).AsSpan().IndexOfAnyExcept((byte)0) < 0);
           }),
        .. from size in new long[] { 1, 4095, 4097 }
           select new Check($"cut to {size} and written past the end: the gap is zero", f =>
           {
               long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
               Pattern.Write(fd, Pattern.Of(20_000, 1), 0);
               Ok(Sys.Ftruncate(fd, size));
               Pattern.Write(fd, [1], 15_000);
               True(Pattern.Read(fd, size, (int)(15_000 - size)).AsSpan().IndexOfAnyExcept((byte)0) < 0);
           }),
        new("a negative size is EINVAL", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Fails(EINVAL, Sys.Ftruncate(fd, -1));
            Fails(EINVAL, Sys.Truncate("a", -1));
        }),
        new("of a folder is EISDIR", _ => Fails(EISDIR, Sys.Truncate(".", 0))),
        new("of a FIFO is EINVAL", _ =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            Fails(EINVAL, Sys.Truncate("p", 0));
        }),
        new("ftruncate of a descriptor open for reading is EINVAL", f =>
            Fails(EINVAL, Sys.Ftruncate(f.Open("a", O_RDONLY | O_CREAT, Octal(644)), 0))),
        new("truncate frees the blocks", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of(1_000_000, 1), 0);
            Ok(Sys.Fsync(fd));
            long before = FstatOf(fd).Blocks;
            Ok(Sys.Ftruncate(fd, 0));
            Ok(Sys.Fsync(fd));
            True(before >= 1_000_000 / 512);
            Same(0L, FstatOf(fd).Blocks);
        }),
        new("the file position stays", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "0123456789"u8));
            Ok(Sys.Ftruncate(fd, 2));
            Same(10L, Sys.Lseek(fd, 0, SEEK_CUR));
            Same(0L, Sys.Read(fd, new byte[5]));
        }),
        new("of an unlinked open file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Ftruncate(fd, 12345));
            Same(12345L, FstatOf(fd).Size);
        }),
        new("truncate through one descriptor is seen by the other", f =>
        {
            f.Create("a", content: "0123456789");
            long reader = f.Open("a", O_RDONLY);
            Same(10, Pattern.Read(reader, 0, 20).Length);
            Ok(Sys.Truncate("a", 4));
            Same(4, Pattern.Read(reader, 0, 20).Length);
        }),
        new("past the largest file is EFBIG", f =>
            Fails(EFBIG, Sys.Ftruncate(f.Open("a", O_RDWR | O_CREAT, Octal(644)), long.MaxValue))),
    ]);
}
