namespace ByteFuse.PosixSuite;

/// <summary>read, write and their positioned and vectored forms.</summary>
internal static class ReadWriteChecks
{
    internal static CheckGroup Group { get; } = new("read and write",
    [
        .. from offset in new long[] { 0, 1, 4095, 4096, 131071, 1_000_000 }
           from length in new[] { 1, 4096, 5000, 131072, 2_000_003 }
           select new Check($"{length} bytes at {offset} come back", f =>
           {
               long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
               byte[] data = Pattern.Of(length, length);
               Pattern.Write(fd, data, offset);
               Same(offset + length, FstatOf(fd).Size);
               SameBytes(data, Pattern.Read(fd, offset, length));
               True(Pattern.Read(fd, 0, (int)offset).AsSpan().IndexOfAnyExcept((byte)0) < 0);
           }),
        new("a write over the middle leaves the rest", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            byte[] data = Pattern.Of(50_000, 1), patch = Pattern.Of(7_777, 2);
            Pattern.Write(fd, data, 0);
            Pattern.Write(fd, patch, 12_345);
            patch.CopyTo(data, 12_345);
            SameBytes(data, Pattern.Read(fd, 0, 60_000));
        }),
        new("1000 small writes in a row", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            byte[] data = Pattern.Of(37_000, 3);
            for (int i = 0; i < 1000; i++)
                Same(37L, Sys.Write(fd, data.AsSpan(i * 37, 37)));
            SameBytes(data, Pattern.Read(fd, 0, 40_000));
        }),
        new("what one descriptor wrote another reads at once", f =>
        {
            long writer = f.Open("a", O_WRONLY | O_CREAT, Octal(644)), reader = f.Open("a", O_RDONLY);
            for (int i = 1; i <= 50; i++)
            {
                Ok(Sys.Write(writer, new[] { (byte)i }));
                SameBytes([(byte)i], Pattern.Read(reader, i - 1, 10));
            }
        }),
        new("read at and past the end is 0", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDONLY);
            Same(0L, Sys.Pread(fd, new byte[1], 3));
            Same(0L, Sys.Pread(fd, new byte[1], 1_000_000));
        }),
        new("read over the end is short", f =>
        {
            f.Create("a", content: "abc");
            Same(2L, Sys.Pread(f.Open("a", O_RDONLY), new byte[100], 1));
        }),
        new("read and write move the position, pread and pwrite do not", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "0123456789"u8));
            Ok(Sys.Pwrite(fd, "x"u8, 0));
            Ok(Sys.Pread(fd, new byte[3], 0));
            Same(10L, Sys.Lseek(fd, 0, SEEK_CUR));
            Ok(Sys.Lseek(fd, 2, SEEK_SET));
            Ok(Sys.Read(fd, new byte[3]));
            Same(5L, Sys.Lseek(fd, 0, SEEK_CUR));
        }),
        new("a negative offset is EINVAL", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Fails(EINVAL, Sys.Pread(fd, new byte[1], -1));
            Fails(EINVAL, Sys.Pwrite(fd, new byte[1], -1));
        }),
        new("a write of zero bytes past the end does not extend", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Same(0L, Sys.Pwrite(fd, [], 1000));
            Same(0L, FstatOf(fd).Size);
        }),
        new("lseek past the end does not extend; the write after it leaves a hole", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Same(100_000L, Sys.Lseek(fd, 100_000, SEEK_SET));
            Same(0L, FstatOf(fd).Size);
            Ok(Sys.Write(fd, "x"u8));
            Same(100_001L, FstatOf(fd).Size);
            True(Pattern.Read(fd, 0, 100_000).AsSpan().IndexOfAnyExcept((byte)0) < 0);
        }),
        new("preadv2 and pwritev2 gather and scatter", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            byte[] one = Pattern.Of(3000, 1), two = Pattern.Of(5, 2), three = Pattern.Of(9000, 3);
            Same(12_005L, Sys.Pwritev2(fd, [one, two, three], 7, 0));
            byte[][] into = [new byte[10_000], new byte[2005]];
            Same(12_005L, Sys.Preadv2(fd, into, 7, 0));
            SameBytes([.. one, .. two, .. three], (byte[])[.. into[0], .. into[1]]);
        }),
        new("pwritev2 with offset -1 uses the position", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Same(2L, Sys.Pwritev2(fd, ["ab"u8.ToArray()], -1, 0));
            Same(2L, Sys.Pwritev2(fd, ["cd"u8.ToArray()], -1, 0));
            Same("abcd", f.Content("a"));
        }),
        new("pwritev2 RWF_SYNC and RWF_DSYNC", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Same(2L, Sys.Pwritev2(fd, ["ab"u8.ToArray()], 0, RWF_SYNC));
            Same(2L, Sys.Pwritev2(fd, ["cd"u8.ToArray()], 2, RWF_DSYNC));
            Same("abcd", f.Content("a"));
        }),
        new("an unknown RWF flag is EOPNOTSUPP", f =>
            Fails(EOPNOTSUPP, Sys.Pwritev2(f.Open("a", O_RDWR | O_CREAT, Octal(644)), ["ab"u8.ToArray()], 0, 1 << 20))),
        new("a bad buffer is EFAULT", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            long page = Ok(Sys.Mmap(4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
            f.Defer(() => Sys.Munmap(page, 4096));
            Fails(EFAULT, Sys.Write(fd, Sys.Mapped(page, 100)));
            Same(0L, FstatOf(fd).Size);
        }),
        new("lseek SEEK_END and SEEK_CUR", f =>
        {
            f.Create("a", content: "0123456789");
            long fd = f.Open("a", O_RDONLY);
            Same(7L, Sys.Lseek(fd, -3, SEEK_END));
            Same(5L, Sys.Lseek(fd, -2, SEEK_CUR));
            Fails(EINVAL, Sys.Lseek(fd, -6, SEEK_CUR));
            Fails(EINVAL, Sys.Lseek(fd, 0, 99));
        }),
        new("blocks are counted in what was written", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of(1 << 20, 1), 0);
            Ok(Sys.Fsync(fd));
            long blocks = FstatOf(fd).Blocks;
            True(blocks >= 2048 && blocks < 2600, $"{blocks} blocks for 1 MiB");
        }),
        new("four threads write four ranges of one file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            byte[] data = Pattern.Of(400_000, 5);
            List<TaskThread> threads = [.. Enumerable.Range(0, 4).Select(part => TaskThread.Start(() =>
            {
                for (int at = part * 100_000; at < (part + 1) * 100_000; at += 1000)
                    Pattern.Write(fd, data[at..(at + 1000)], at);
            }))];
            threads.ForEach(thread => thread.Join());
            SameBytes(data, Pattern.Read(fd, 0, 500_000));
        }),
        new("content is there after the last close", f =>
        {
            byte[] data = Pattern.Of(300_000, 9);
            long fd = Ok(Sys.Open("a", O_WRONLY | O_CREAT | O_CLOEXEC, Octal(644)));
            Pattern.Write(fd, data, 0);
            Ok(Sys.Close(fd));
            SameBytes(data, Pattern.Read(f.Open("a", O_RDONLY), 0, 400_000));
        }),
    ]);
}
