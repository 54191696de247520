namespace ByteFuse.PosixSuite;

/// <summary>copy_file_range, sendfile, splice, FICLONE.</summary>
internal static class CopyChecks
{
    internal static CheckGroup Group { get; } = new("copy",
    [
        .. new[] { (0L, 0L, 100_000), (1, 0, 5000), (0, 1, 5000), (4096, 8192, 65536), (12_345, 54_321, 33_333) }.Select(row =>
            new Check($"copy_file_range of {row.Item3} bytes from {row.Item1} to {row.Item2}", f =>
            {
                (long from, long to) = Pair(f);
                CopyAll(from, row.Item1, to, row.Item2, row.Item3);
                byte[] expected = new byte[row.Item2 + row.Item3];
                Pattern.Of(100_000, 1).AsSpan((int)row.Item1, row.Item3).CopyTo(expected.AsSpan((int)row.Item2));
                SameBytes(expected, Pattern.Read(to, 0, 300_000));
            })),
        new("copy_file_range is short at the end of the source and 0 past it", f =>
        {
            (long from, long to) = Pair(f);
            Same(100L, Sys.CopyFileRange(from, 99_900, to, 0, 5000));
            Same(0L, Sys.CopyFileRange(from, 100_000, to, 0, 5000));
            Same(0L, Sys.CopyFileRange(from, 500_000, to, 0, 5000));
        }),
        new("copy_file_range at the positions moves both", f =>
        {
            (long from, long to) = Pair(f);
            Ok(Sys.Lseek(from, 10, SEEK_SET));
            long copied = Ok(Sys.CopyFileRange(from, to, 1000));
            Same(10 + copied, Sys.Lseek(from, 0, SEEK_CUR));
            Same(copied, Sys.Lseek(to, 0, SEEK_CUR));
            SameBytes(Pattern.Of(100_000, 1).AsSpan(10, (int)copied), Pattern.Read(to, 0, 2000));
        }),
        new("copy_file_range within one file, apart", f =>
        {
            (long from, _) = Pair(f);
            CopyAll(from, 0, from, 200_000, 50_000);
            SameBytes(Pattern.Of(100_000, 1).AsSpan(0, 50_000), Pattern.Read(from, 200_000, 60_000));
        }),
        new("copy_file_range within one file, overlapping, is EINVAL", f =>
        {
            (long from, _) = Pair(f);
            Fails(EINVAL, Sys.CopyFileRange(from, 0, from, 100, 5000));
        }),
        new("copy_file_range replaces cached data in the target", f =>
        {
            (long from, long to) = Pair(f);
            Pattern.Write(to, Pattern.Of(50_000, 9), 0);
            Pattern.Read(to, 0, 50_000);
            CopyAll(from, 0, to, 10_000, 20_000);
            byte[] expected = Pattern.Of(50_000, 9);
            Pattern.Of(100_000, 1).AsSpan(0, 20_000).CopyTo(expected.AsSpan(10_000));
            SameBytes(expected, Pattern.Read(to, 0, 60_000));
        }),
        new("copy_file_range of what was just written", f =>
        {
            (long from, long to) = Pair(f);
            byte[] fresh = Pattern.Of(5000, 77);
            Pattern.Write(from, fresh, 3);
            CopyAll(from, 3, to, 0, 5000);
            SameBytes(fresh, Pattern.Read(to, 0, 10_000));
        }),
        new("copy_file_range to a descriptor open for reading is EBADF", f =>
        {
            (long from, _) = Pair(f);
            Fails(EBADF, Sys.CopyFileRange(from, 0, f.Open("to", O_RDONLY), 0, 10));
        }),
        new("copy_file_range to an O_APPEND descriptor is EBADF", f =>
        {
            (long from, _) = Pair(f);
            Fails(EBADF, Sys.CopyFileRange(from, 0, f.Open("to", O_WRONLY | O_APPEND), 0, 10));
        }),
        new("copy_file_range of a folder is EISDIR", f =>
        {
            (_, long to) = Pair(f);
            Fails(EISDIR, Sys.CopyFileRange(f.Open(".", O_RDONLY), 0, to, 0, 10));
        }),
        new("copy_file_range with flags is EINVAL", f =>
        {
            (long from, long to) = Pair(f);
            Fails(EINVAL, Sys.CopyFileRange(from, 0, to, 0, 10, 1));
        }),
        new("copy_file_range of 0 bytes is 0", f =>
        {
            (long from, long to) = Pair(f);
            Same(0L, Sys.CopyFileRange(from, 0, to, 0, 0));
        }),
        new("a copy is independent of its source", f =>
        {
            (long from, long to) = Pair(f);
            CopyAll(from, 0, to, 0, 100_000);
            Pattern.Write(from, Pattern.Of(100_000, 5), 0);
            SameBytes(Pattern.Of(100_000, 1), Pattern.Read(to, 0, 100_000));
        }),
        new("sendfile from file to file", f =>
        {
            (long from, long to) = Pair(f);
            Same(50_000L, Sys.Sendfile(to, from, 50_000));
            SameBytes(Pattern.Of(100_000, 1).AsSpan(0, 50_000), Pattern.Read(to, 0, 60_000));
        }),
        new("splice through a pipe", f =>
        {
            (long from, long to) = Pair(f);
            Ok(Sys.Pipe(out int reader, out int writer, O_CLOEXEC));
            f.Defer(() => Sys.Close(reader));
            f.Defer(() => Sys.Close(writer));
            long moved = Ok(Sys.Splice(from, writer, 20_000));
            Same(moved, Sys.Splice(reader, to, moved));
            SameBytes(Pattern.Of(100_000, 1).AsSpan(0, (int)moved), Pattern.Read(to, 0, 30_000));
        }),
        new("FICLONE clones or is refused as unsupported", f =>
        {
            (long from, long to) = Pair(f);
            long result = Sys.Ioctl(to, FICLONE, (nint)from);
            if (result == 0)
                SameBytes(Pattern.Of(100_000, 1), Pattern.Read(to, 0, 200_000));
            else
                True(result is -EOPNOTSUPP or -ENOTTY or -EINVAL or -EXDEV, $"FICLONE: {ErrnoName(result)}");
        }),
    ]);

    private static (long From, long To) Pair(CheckFolder f)
    {
        long from = f.Open("from", O_RDWR | O_CREAT, Octal(644));
        Pattern.Write(from, Pattern.Of(100_000, 1), 0);
        return (from, f.Open("to", O_RDWR | O_CREAT, Octal(644)));
    }

    private static void CopyAll(long from, long fromOffset, long to, long toOffset, long length)
    {
        for (long done = 0; done < length;)
        {
            long copied = Ok(Sys.CopyFileRange(from, fromOffset + done, to, toOffset + done, length - done));
            True(copied > 0, "copy_file_range makes progress");
            done += copied;
        }
    }
}
