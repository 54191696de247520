namespace ByteFuse.PosixSuite;

/// <summary>
/// Several opens of one file, and maps that outlive them: what each does, all see. A file system whose kernel part has a cache of
/// its own, or hands files on to another one, has to keep them together.
/// </summary>
internal static class SharedOpenChecks
{
    private const int Length = 64 * 1024;
    private const int WillNeed = 3;

    // A valid security.capability: VFS_CAP_REVISION_2, effective, permitted CAP_NET_RAW.
    private static readonly byte[] Capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly (string Name, int Flags)[] Kinds =
        [("plain", 0), ("O_SYNC", O_SYNC), ("O_DSYNC", O_DSYNC), ("O_DIRECT", O_DIRECT), ("O_APPEND", O_APPEND)];

    internal static CheckGroup Group { get; } = new("shared opens",
    [
        .. from writer in Kinds
           from reader in Kinds
           from fresh in new[] { true, false }
           select new Check($"a {writer.Name} open writes what a {reader.Name} one reads{(fresh ? ", from a new file on" : "")}", f =>
               WrittenIsRead(f, writer.Flags, reader.Flags, fresh)),
        new("O_APPEND that F_SETFL takes away is gone", f =>
        {
            f.Create("a", content: "abc");
            long fd = f.Open("a", O_RDWR | O_APPEND);
            Ok(Sys.Write(fd, "d"u8));
            Ok(Sys.Fcntl(fd, F_SETFL, 0));
            Ok(Sys.Pwrite(fd, "A"u8, 0));
            Ok(Sys.Lseek(fd, 1, SEEK_SET));
            Ok(Sys.Write(fd, "B"u8));
            Same("ABcd", f.Content("a"));
        }),
        new("O_DIRECT that F_SETFL takes away for the last block, as dd does, is gone", f =>
        {
            long fd = f.Open("a", O_WRONLY | O_CREAT | O_DIRECT, Octal(644));
            Ok(Sys.Fcntl(fd, F_SETFL, 0));
            Pattern.Write(fd, Pattern.Of(1001, 3), 0);
            SameBytes(Pattern.Of(1001, 3), Pattern.Read(f.Open("a", O_RDONLY), 0, 2000));
        }),
        new("bits that chmod sets while the file is open go with the next write of a user", f =>
        {
            f.Create("a", 666, "data");
            long fd = f.Open("a", O_RDWR);
            Ok(Sys.Write(fd, "x"u8));
            f.Own("a");
            Ok(Sys.Chmod("a", Octal(6777)));
            Ok(f.AsAlice(() => Sys.Write(fd, "y"u8)));
            SameMode(Octal(777), StatOf("a").Mode);
        }),
        new("a capability that is set while the file is open goes with the next write", f =>
        {
            f.Create("a", 755, "data");
            long fd = f.Open("a", O_RDWR);
            Ok(Sys.Write(fd, "x"u8));
            Ok(Sys.SetXattr("a", "security.capability", Capability));
            Ok(Sys.Write(fd, "y"u8));
            Fails(ENODATA, Sys.GetXattr("a", "security.capability", new byte[20]));
        }),
        new("opening an empty file for writing leaves its times", f =>
        {
            f.Create("a");
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 7, 0));
            FileStatus before = StatOf("a");
            CheckFolder.Tick();
            long fd = f.Open("a", O_WRONLY);
            TimesMatrix.Moved("", before, FstatOf(fd), "file");
            Ok(Sys.Write(fd, "x"u8));
            TimesMatrix.Moved("MC", before, FstatOf(fd), "file");
        }),
        new("times that are set while the file is open hold until the next write", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Write(fd, "x"u8));
            Ok(Sys.Futimens(fd, 5, 1, 7, 2));
            Same(7L, FstatOf(fd).ModifyTime.Seconds);
            Ok(Sys.Write(fd, "y"u8));
            True(StatOf("a").ModifyTime.Seconds > 1000);
            Same(5L, StatOf("a").AccessTime.Seconds);
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 6, 0, 8, 0));
            Same(8L, FstatOf(fd).ModifyTime.Seconds);
        }),
        new("who reads an empty file sees what another writes and maps", f =>
        {
            f.Create("a");
            long reader = f.Open("a", O_RDONLY);
            Same(0L, Sys.Read(reader, new byte[10]));
            long writer = f.Open("a", O_RDWR);
            Pattern.Write(writer, Pattern.Of(Length, 1), 0);
            SameBytes(Pattern.Of(Length, 1), Pattern.Read(reader, 0, Length));
            Map(f, writer)[5000] ^= 0xFF;
            Same((byte)(Pattern.Of(Length, 1)[5000] ^ 0xFF), Pattern.Read(reader, 5000, 1)[0]);
        }),
        new("a map outlives its close and is one memory with later opens", f =>
        {
            long fd = Filled("a");
            Span<byte> map = Map(f, fd);
            Ok(Sys.Close(fd));
            foreach (int flags in new[] { O_RDWR, O_RDWR | O_APPEND, O_RDWR | O_SYNC })
            {
                long later = Ok(Sys.Open("a", flags | O_CLOEXEC));
                map[9000]++;
                Same(map[9000], Pattern.Read(later, 9000, 1)[0]);
                Ok(Sys.Close(later));
                map[9000]++;
                Same(map[9000], Pattern.Read(f.Open("a", O_RDONLY), 9000, 1)[0]);
            }
        }),
        new("a store through a map that outlived its close moves mtime", f =>
        {
            long fd = Filled("a");
            long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
            f.Defer(() => Sys.Munmap(address, Length));
            Ok(Sys.Close(fd));
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 7, 0));
            Same(7L, StatOf("a").ModifyTime.Seconds);
            Sys.Mapped(address, Length)[0] ^= 1;
            Ok(Sys.Msync(address, Length, MS_SYNC));
            // On FUSE times of a file that is mapped but not open may be a second old (docs/limits.md).
            Thread.Sleep(1100);
            True(StatOf("a").ModifyTime.Seconds > 1000);
        }),
        new("a map follows holes, copies and truncates made by other opens", f =>
        {
            long fd = Filled("a");
            f.Defer(() => Sys.Close(fd));
            Span<byte> map = Map(f, fd);
            long other = f.Open("a", O_RDWR);
            Ok(Sys.Fallocate(other, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
            True(map.Slice(4096, 4096).IndexOfAnyExcept((byte)0) < 0);
            Same(4096L, Sys.CopyFileRange(other, 0, other, 32768, 4096));
            SameBytes(map[..4096], map.Slice(32768, 4096));
            Ok(Sys.Ftruncate(other, 8192));
            Ok(Sys.Ftruncate(other, Length));
            True(map[8192..].IndexOfAnyExcept((byte)0) < 0);
            Same(4096L, Sys.Lseek(fd, 0, SEEK_HOLE));
        }),
        new("what was read ahead on advice is not what later opens read", f =>
        {
            long fd = Filled("a");
            Ok(Sys.Fadvise(fd, 0, Length, WillNeed));
            Thread.Sleep(50);
            Pattern.Write(fd, Pattern.Of(Length, 2), 0);
            SameBytes(Pattern.Of(Length, 2), Pattern.Read(fd, 0, Length));
            Ok(Sys.Close(fd));
            SameBytes(Pattern.Of(Length, 2), Pattern.Read(f.Open("a", O_RDONLY), 0, Length));
        }),
        new("a file that lost its name is written, mapped and read on", f =>
        {
            long fd = Filled("a"), other = f.Open("a", O_RDWR);
            Ok(Sys.Unlink("a"));
            Span<byte> map = Map(f, fd);
            Ok(Sys.Close(fd));
            Ok(Sys.Pwrite(other, "unnamed"u8, 0));
            SameBytes("unnamed"u8, map[..7]);
            map[Length - 1] = 42;
            Same((byte)42, Pattern.Read(other, Length - 1, 1)[0]);
            Same(0L, FstatOf(other).LinkCount);
            f.Create("a", content: "another");
            Same("another", f.Content("a"));
        }),
    ]);

    private static void WrittenIsRead(CheckFolder f, int writerFlags, int readerFlags, bool fresh)
    {
        if (!fresh)
            Ok(Sys.Close(Filled("a")));
        long writer = f.Open("a", O_RDWR | O_CREAT | (fresh ? O_EXCL : 0) | writerFlags, Octal(644)), reader = f.Open("a", O_RDWR | readerFlags);
        long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        f.Defer(() => Sys.Munmap(address, Length));
        Span<byte> aligned = Sys.Mapped(address, Length);
        long at = (writerFlags & O_APPEND) != 0 ? StatOf("a").Size : 4096;
        Pattern.Of(8192, 7).CopyTo(aligned);
        Same(8192L, Sys.Pwrite(writer, aligned[..8192], at));
        aligned.Clear();
        Same(8192L, Sys.Pread(reader, aligned[..8192], at));
        SameBytes(Pattern.Of(8192, 7), aligned[..8192]);
        Same(Math.Max(at + 8192, fresh ? 0 : Length), FstatOf(reader).Size);
        Ok(Sys.Ftruncate(reader, 4096));
        Same(0L, Sys.Pread(writer, aligned[..4096], 4096));
        Same(4096L, FstatOf(writer).Size);
    }

    private static long Filled(string name)
    {
        long fd = Ok(Sys.Open(name, O_RDWR | O_CREAT | O_CLOEXEC, Octal(644)));
        Pattern.Write(fd, Pattern.Of(Length, 1), 0);
        return fd;
    }

    private static Span<byte> Map(CheckFolder f, long fd)
    {
        long address = Ok(Sys.Mmap(Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        f.Defer(() => Sys.Munmap(address, Length));
        return Sys.Mapped(address, Length);
    }
}
