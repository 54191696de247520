namespace ByteFuse.PosixSuite;

/// <summary>fallocate(2) and its modes.</summary>
internal static class FallocateChecks
{
    private const int Block = 65536;

    private const string NotPassedOn = "fs/fuse/file.c fuse_file_fallocate answers EOPNOTSUPP to every mode but KEEP_SIZE, PUNCH_HOLE "
        + "and ZERO_RANGE and passes none of the others on";

    internal static CheckGroup Group { get; } = new("fallocate",
    [
        new("mode 0 extends and reads as zero", f =>
        {
            long fd = Filled(f, 1000);
            Ok(Sys.Fallocate(fd, 0, 0, 10 * Block));
            FileStatus status = FstatOf(fd);
            Same(10L * Block, status.Size);
            True(status.Blocks >= 10 * Block / 512);
            True(Pattern.Read(fd, 1000, 10 * Block).AsSpan().IndexOfAnyExcept((byte)0) < 0);
            SameBytes(Pattern.Of(1000, 1), Pattern.Read(fd, 0, 1000));
        }),
        new("mode 0 within the file keeps size and content", f =>
        {
            long fd = Filled(f, 3 * Block);
            Ok(Sys.Fallocate(fd, 0, Block, Block));
            SameBytes(Pattern.Of(3 * Block, 1), Pattern.Read(fd, 0, 4 * Block));
        }),
        new("KEEP_SIZE allocates past the end without extending", f =>
        {
            long fd = Filled(f, 1000);
            Ok(Sys.Fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10 * Block));
            Same(1000L, FstatOf(fd).Size);
            True(FstatOf(fd).Blocks >= 10 * Block / 512);
        }),
        new("PUNCH_HOLE zeroes and frees", f =>
        {
            long fd = Filled(f, 4 * Block);
            Ok(Sys.Fsync(fd));
            long before = FstatOf(fd).Blocks;
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, Block, 2 * Block));
            Expected(fd, 4 * Block, Block, 3 * Block);
            True(before - FstatOf(fd).Blocks >= 2 * Block / 512);
        }),
        new("PUNCH_HOLE of parts of blocks zeroes exactly those bytes", f =>
        {
            long fd = Filled(f, 3 * Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 777, 100));
            Expected(fd, 3 * Block, 777, 877);
        }),
        new("PUNCH_HOLE over the end keeps the size", f =>
        {
            long fd = Filled(f, Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 10 * Block));
            Expected(fd, Block, 1000, Block);
        }),
        new("PUNCH_HOLE past the end changes nothing", f =>
        {
            long fd = Filled(f, 1000);
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10 * Block, Block));
            SameBytes(Pattern.Of(1000, 1), Pattern.Read(fd, 0, 2000));
        }),
        new("PUNCH_HOLE of a cached page is seen by a reader at once", f =>
        {
            long fd = Filled(f, 2 * Block), reader = f.Open("a", O_RDONLY);
            Pattern.Read(reader, 0, 2 * Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, Block));
            Expected(reader, 2 * Block, 0, Block);
        }),
        new("PUNCH_HOLE without KEEP_SIZE is EOPNOTSUPP", f =>
            Fails(EOPNOTSUPP, Sys.Fallocate(Filled(f, Block), FALLOC_FL_PUNCH_HOLE, 0, 4096))),
        new("ZERO_RANGE zeroes", f =>
        {
            long fd = Filled(f, 4 * Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_ZERO_RANGE, 1000, 2 * Block));
            Expected(fd, 4 * Block, 1000, 1000 + (2 * Block));
        }),
        new("ZERO_RANGE over the end extends", f =>
        {
            long fd = Filled(f, Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_ZERO_RANGE, 1000, 2 * Block));
            Same(1000L + (2 * Block), FstatOf(fd).Size);
            Expected(fd, 1000 + (2 * Block), 1000, 1000 + (2 * Block));
        }),
        new("ZERO_RANGE with KEEP_SIZE does not extend", f =>
        {
            long fd = Filled(f, Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 1000, 2 * Block));
            Expected(fd, Block, 1000, Block);
        }),
        new("COLLAPSE_RANGE removes blocks", f =>
        {
            long fd = Filled(f, 4 * Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, Block, Block));
            Same(3L * Block, FstatOf(fd).Size);
            SameBytes(Pattern.Of(4 * Block, 1).AsSpan(2 * Block), Pattern.Read(fd, Block, 2 * Block));
        })
        {
            ExcludedOnFuse = NotPassedOn,
        },
        new("INSERT_RANGE inserts a hole", f =>
        {
            long fd = Filled(f, 2 * Block);
            Ok(Sys.Fallocate(fd, FALLOC_FL_INSERT_RANGE, Block, Block));
            Same(3L * Block, FstatOf(fd).Size);
            SameBytes(Pattern.Of(2 * Block, 1).AsSpan(Block), Pattern.Read(fd, 2 * Block, Block));
        })
        {
            ExcludedOnFuse = NotPassedOn,
        },
        new("UNSHARE_RANGE is EOPNOTSUPP", f =>
            Fails(EOPNOTSUPP, Sys.Fallocate(Filled(f, Block), FALLOC_FL_UNSHARE_RANGE, 0, 4096))),
        new("COLLAPSE with other modes is EINVAL or EOPNOTSUPP", f =>
            True(Sys.Fallocate(Filled(f, Block), FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_KEEP_SIZE, 0, 4096) is -EINVAL or -EOPNOTSUPP)),
        new("an unknown mode is EOPNOTSUPP", f => Fails(EOPNOTSUPP, Sys.Fallocate(Filled(f, Block), 1 << 12, 0, 4096))),
        new("a length of 0 or less is EINVAL", f =>
        {
            long fd = Filled(f, 10);
            Fails(EINVAL, Sys.Fallocate(fd, 0, 0, 0));
            Fails(EINVAL, Sys.Fallocate(fd, 0, 0, -1));
            Fails(EINVAL, Sys.Fallocate(fd, 0, -1, 10));
        }),
        new("a descriptor open for reading is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.Fallocate(f.Open("a", O_RDONLY), 0, 0, 10));
        }),
        new("of a folder is EBADF", f => Fails(EBADF, Sys.Fallocate(f.Open(".", O_RDONLY), 0, 0, 10))),
        new("of a FIFO is ESPIPE", f =>
        {
            Ok(Sys.Mkfifo("p", Octal(666)));
            Fails(ESPIPE, Sys.Fallocate(f.Open("p", O_RDWR), 0, 0, 10));
        }),
        new("more than the volume holds is ENOSPC and leaves it usable", f =>
        {
            Ok(Sys.Statfs(".", out VolumeStatus volume));
            long wanted = (long)volume.Blocks * volume.BlockSize * 2;
            if (wanted > 15L << 40)
                throw new CheckSkippedException("the volume is too large for one file to exceed it");
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Fails(ENOSPC, Sys.Fallocate(fd, 0, 0, wanted));
            Ok(Sys.Ftruncate(fd, 0));
            Same(1L, Sys.Write(fd, "x"u8));
        }),
    ]);

    private static long Filled(CheckFolder f, int length)
    {
        long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
        Pattern.Write(fd, Pattern.Of(length, 1), 0);
        return fd;
    }

    private static void Expected(long fd, int size, int zeroFrom, int zeroTo)
    {
        byte[] expected = Pattern.Of(size, 1);
        expected.AsSpan(zeroFrom, zeroTo - zeroFrom).Clear();
        SameBytes(expected, Pattern.Read(fd, 0, size + 100));
    }
}
