namespace ByteFuse.PosixSuite;

/// <summary>SEEK_HOLE and SEEK_DATA. Holes are a MiB wide and aligned, so that every block size shows them.</summary>
internal static class SeekChecks
{
    private const long MiB = 1 << 20;

    internal static CheckGroup Group { get; } = new("holes",
    [
        new("data, hole, data", f =>
        {
            long fd = Sparse(f);
            Same(0L, Sys.Lseek(fd, 0, SEEK_DATA));
            Same(MiB, Sys.Lseek(fd, 0, SEEK_HOLE));
            Same(4 * MiB, Sys.Lseek(fd, MiB, SEEK_DATA));
            Same(MiB, Sys.Lseek(fd, MiB, SEEK_HOLE));
            Same(5 * MiB, Sys.Lseek(fd, 4 * MiB, SEEK_HOLE));
        }),
        new("SEEK_DATA within data stays", f => Same(12345L, Sys.Lseek(Sparse(f), 12345, SEEK_DATA))),
        new("SEEK_HOLE within a hole stays", f => Same((2 * MiB) + 5, Sys.Lseek(Sparse(f), (2 * MiB) + 5, SEEK_HOLE))),
        new("the end of the file is a hole", f =>
        {
            f.Create("a", content: "abc");
            Same(3L, Sys.Lseek(f.Open("a", O_RDONLY), 0, SEEK_HOLE));
        }),
        new("SEEK_DATA in the last hole is ENXIO", f =>
        {
            long fd = Sparse(f);
            Ok(Sys.Ftruncate(fd, 10 * MiB));
            Fails(ENXIO, Sys.Lseek(fd, 6 * MiB, SEEK_DATA));
            Same(6 * MiB, Sys.Lseek(fd, 6 * MiB, SEEK_HOLE));
        }),
        new("at and past the end both are ENXIO", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDONLY);
            Fails(ENXIO, Sys.Lseek(fd, 3, SEEK_DATA));
            Fails(ENXIO, Sys.Lseek(fd, 3, SEEK_HOLE));
            Fails(ENXIO, Sys.Lseek(fd, 1000, SEEK_HOLE));
        }),
        new("an empty file: both are ENXIO", f =>
        {
            long fd = f.Open("a", O_RDONLY | O_CREAT, Octal(644));
            Fails(ENXIO, Sys.Lseek(fd, 0, SEEK_DATA));
            Fails(ENXIO, Sys.Lseek(fd, 0, SEEK_HOLE));
        }),
        new("a file that is one hole has no data", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Ftruncate(fd, 3 * MiB));
            Fails(ENXIO, Sys.Lseek(fd, 0, SEEK_DATA));
            Same(0L, Sys.Lseek(fd, 0, SEEK_HOLE));
        }),
        new("a punched hole is found", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of((int)(4 * MiB), 1), 0);
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, MiB, 2 * MiB));
            Same(MiB, Sys.Lseek(fd, 0, SEEK_HOLE));
            Same(3 * MiB, Sys.Lseek(fd, MiB, SEEK_DATA));
        }),
        new("data not yet written to disk counts as data", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of(4096, 1), 2 * MiB);
            Same(2 * MiB, Sys.Lseek(fd, 0, SEEK_DATA));
        }),
        new("a seek that fails leaves the position", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDONLY);
            Ok(Sys.Lseek(fd, 2, SEEK_SET));
            Fails(ENXIO, Sys.Lseek(fd, 100, SEEK_DATA));
            Same(2L, Sys.Lseek(fd, 0, SEEK_CUR));
        }),
        new("a sparse copy by holes and data is the same file", f =>
        {
            long from = Sparse(f), to = f.Open("copy", O_RDWR | O_CREAT, Octal(644));
            long size = FstatOf(from).Size;
            for (long at = 0; at < size;)
            {
                long data = Sys.Lseek(from, at, SEEK_DATA);
                if (data < 0)
                    break;
                long hole = Ok(Sys.Lseek(from, data, SEEK_HOLE));
                Pattern.Write(to, Pattern.Read(from, data, (int)(hole - data)), data);
                at = hole;
            }
            Ok(Sys.Ftruncate(to, size));
            SameBytes(Pattern.Read(from, 0, (int)size), Pattern.Read(to, 0, (int)size));
        }),
        new("of a folder: SEEK_END and SEEK_DATA are no crash", f =>
        {
            long fd = f.Open(".", O_RDONLY);
            Same(0L, Sys.Lseek(fd, 0, SEEK_SET));
            True(Sys.Lseek(fd, 0, SEEK_DATA) is -EINVAL or -ENXIO or >= 0);
        }),
    ]);

    // Data in [0, 1 MiB) and [4 MiB, 5 MiB), a hole between.
    private static long Sparse(CheckFolder f)
    {
        long fd = f.Open("sparse", O_RDWR | O_CREAT, Octal(644));
        Pattern.Write(fd, Pattern.Of((int)MiB, 1), 0);
        Pattern.Write(fd, Pattern.Of((int)MiB, 2), 4 * MiB);
        return fd;
    }
}
