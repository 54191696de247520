namespace ByteFuse.PosixSuite;

/// <summary>mmap: coherence with read and write.</summary>
internal static class MmapChecks
{
    private const int Length = 8 * 4096;

    internal static CheckGroup Group { get; } = new("mmap",
    [
        new("a shared map shows the file", f =>
        {
            long fd = Filled(f);
            SameBytes(Pattern.Of(Length, 1), Map(f, fd, PROT_READ, MAP_SHARED));
        }),
        new("a write is seen in a shared map", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ, MAP_SHARED);
            Same(Pattern.Of(Length, 1)[5000], map[5000]);
            Pattern.Write(fd, "changed"u8.ToArray(), 5000);
            SameBytes("changed"u8, map.Slice(5000, 7));
        }),
        new("a store in a shared map is seen by read", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED);
            "stored"u8.CopyTo(map[4090..]);
            SameBytes("stored"u8, Pattern.Read(fd, 4090, 6));
            SameBytes("stored"u8, Pattern.Read(f.Open("a", O_RDONLY), 4090, 6));
        }),
        new("two shared maps are one memory", f =>
        {
            long fd = Filled(f);
            Span<byte> one = Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED), two = Map(f, f.Open("a", O_RDONLY), PROT_READ, MAP_SHARED);
            one[100] ^= 0xFF;
            Same(one[100], two[100]);
        }),
        new("msync writes a store through to a direct reader", f =>
        {
            long fd = Filled(f);
            long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
            f.Defer(() => Sys.Munmap(address, Length));
            "stored"u8.CopyTo(Sys.Mapped(address, Length));
            Ok(Sys.Msync(address, Length, MS_SYNC));
            long buffer = Ok(Sys.Mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
            f.Defer(() => Sys.Munmap(buffer, 4096));
            Same(4096L, Sys.Pread(f.Open("a", O_RDONLY | O_DIRECT), Sys.Mapped(buffer, 4096), 0));
            SameBytes("stored"u8, Sys.Mapped(buffer, 6));
        }),
        new("stores are in the file after munmap and close", f =>
        {
            long fd = Ok(Sys.Open("a", O_RDWR | O_CREAT | O_CLOEXEC, Octal(644)));
            Pattern.Write(fd, Pattern.Of(Length, 1), 0);
            long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
            Ok(Sys.Close(fd));
            "late"u8.CopyTo(Sys.Mapped(address, Length)[12_000..]);
            Ok(Sys.Munmap(address, Length));
            SameBytes("late"u8, Pattern.Read(f.Open("a", O_RDONLY), 12_000, 4));
        }),
        new("a map outlives unlink", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED);
            Ok(Sys.Unlink("a"));
            map[20_000] = 42;
            SameBytes([42], Pattern.Read(fd, 20_000, 1));
        }),
        new("a private map does not change the file", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
            map.Clear();
            SameBytes(Pattern.Of(Length, 1), Pattern.Read(fd, 0, Length));
        }),
        new("a private map of a descriptor open for reading may be written", f =>
        {
            Filled(f);
            Span<byte> map = Map(f, f.Open("a", O_RDONLY), PROT_READ | PROT_WRITE, MAP_PRIVATE);
            map[0] ^= 1;
        }),
        new("a shared writable map of a descriptor open for reading is EACCES", f =>
        {
            Filled(f);
            Fails(EACCES, Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, f.Open("a", O_RDONLY), 0));
        }),
        new("a map of a descriptor open for writing only is EACCES", f =>
        {
            Filled(f);
            Fails(EACCES, Sys.Mmap(Length, PROT_READ, MAP_SHARED, f.Open("a", O_WRONLY), 0));
        }),
        new("a map of a folder is ENODEV", f => Fails(ENODEV, Sys.Mmap(4096, PROT_READ, MAP_SHARED, f.Open(".", O_RDONLY), 0))),
        new("an unaligned offset is EINVAL", f => Fails(EINVAL, Sys.Mmap(4096, PROT_READ, MAP_SHARED, Filled(f), 100))),
        new("a map at an offset", f =>
        {
            long fd = Filled(f);
            long address = Ok(Sys.Mmap(4096, PROT_READ, MAP_SHARED, fd, 3 * 4096));
            f.Defer(() => Sys.Munmap(address, 4096));
            SameBytes(Pattern.Of(Length, 1).AsSpan(3 * 4096, 4096), Sys.Mapped(address, 4096));
        }),
        new("the rest of the last page is zero and not written", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of(100, 1), 0);
            Span<byte> map = Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED)[..4096];
            True(map[100..].IndexOfAnyExcept((byte)0) < 0);
            map[50] = 7;
            map[200] = 9;
            Same(100L, FstatOf(fd).Size);
            Ok(Sys.Ftruncate(fd, 4096));
            Same((byte)7, Pattern.Read(fd, 50, 1)[0]);
        }),
        new("a store to a hole", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Ftruncate(fd, Length));
            Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED)[10_000] = 5;
            byte[] now = Pattern.Read(fd, 0, Length);
            Same((byte)5, now[10_000]);
            Same(1, now.Count(value => value != 0));
        }),
        new("a truncated and extended file reads zero in the map", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ, MAP_SHARED);
            Same(Pattern.Of(Length, 1)[9000], map[9000]);
            Ok(Sys.Ftruncate(fd, 4096));
            Ok(Sys.Ftruncate(fd, Length));
            True(map[4096..].IndexOfAnyExcept((byte)0) < 0);
        }),
        new("a file that grows under a map shows its new bytes", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(fd, Pattern.Of(4096, 1), 0);
            Span<byte> map = Map(f, fd, PROT_READ, MAP_SHARED);
            Pattern.Write(fd, Pattern.Of(Length, 2), 0);
            SameBytes(Pattern.Of(Length, 2), map);
        }),
        new("a store moves mtime by the time of msync", f =>
        {
            long fd = Filled(f);
            Ok(Sys.Futimens(fd, 5, 0, 5, 0));
            long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
            f.Defer(() => Sys.Munmap(address, Length));
            Sys.Mapped(address, Length)[0] ^= 1;
            Ok(Sys.Msync(address, Length, MS_SYNC));
            True(FstatOf(fd).ModifyTime.Seconds > 1000);
        }),
        new("an O_DIRECT descriptor can be mapped", f =>
        {
            Filled(f);
            SameBytes(Pattern.Of(Length, 1), Map(f, f.Open("a", O_RDWR | O_DIRECT), PROT_READ, MAP_SHARED));
        }),
        new("PROT_EXEC", f => Map(f, Filled(f), PROT_READ | PROT_EXEC, MAP_PRIVATE)),
        new("read from a file into a map of the same file", f =>
        {
            long fd = Filled(f);
            Span<byte> map = Map(f, fd, PROT_READ | PROT_WRITE, MAP_SHARED);
            Same(4096L, Sys.Pread(fd, map[8192..12_288], 0));
            SameBytes(Pattern.Of(Length, 1).AsSpan(0, 4096), Pattern.Read(fd, 8192, 4096));
        }),
    ]);

    private static long Filled(CheckFolder f)
    {
        long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
        Pattern.Write(fd, Pattern.Of(Length, 1), 0);
        return fd;
    }

    private static Span<byte> Map(CheckFolder f, long fd, int protection, int flags)
    {
        long address = Ok(Sys.Mmap(Length, protection, flags, fd, 0));
        f.Defer(() => Sys.Munmap(address, Length));
        return Sys.Mapped(address, Length);
    }
}
