namespace ByteFuse.PosixSuite;

/// <summary>O_DIRECT, with buffers aligned to pages as every file system accepts them.</summary>
internal static class DirectIoChecks
{
    private const int Page = 4096;

    internal static CheckGroup Group { get; } = new("O_DIRECT",
    [
        .. new[] { 1, 2, 16, 256, 300 }.Select(pages => new Check($"{pages} pages written direct come back direct and buffered", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT | O_DIRECT, Octal(644));
            byte[] data = Pattern.Of(pages * Page, pages);
            Span<byte> buffer = Aligned(f, pages * Page);
            data.CopyTo(buffer);
            Same((long)buffer.Length, Sys.Pwrite(fd, buffer, 0));
            buffer.Clear();
            Same((long)buffer.Length, Sys.Pread(fd, buffer, 0));
            SameBytes(data, buffer);
            SameBytes(data, Pattern.Read(f.Open("a", O_RDONLY), 0, data.Length + 10));
        })),
        new("a buffered write is read direct", f =>
        {
            byte[] data = Pattern.Of(8 * Page, 1);
            Pattern.Write(f.Open("a", O_RDWR | O_CREAT, Octal(644)), data, 0);
            Span<byte> buffer = Aligned(f, 8 * Page);
            Same((long)buffer.Length, Sys.Pread(f.Open("a", O_RDONLY | O_DIRECT), buffer, 0));
            SameBytes(data, buffer);
        }),
        new("a direct write is read buffered although the page was cached", f =>
        {
            long buffered = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Pattern.Write(buffered, Pattern.Of(4 * Page, 1), 0);
            Pattern.Read(buffered, 0, 4 * Page);
            byte[] data = Pattern.Of(Page, 2);
            Span<byte> buffer = Aligned(f, Page);
            data.CopyTo(buffer);
            Same((long)Page, Sys.Pwrite(f.Open("a", O_WRONLY | O_DIRECT), buffer, Page));
            SameBytes(data, Pattern.Read(buffered, Page, Page));
        }),
        new("a direct write past the end extends", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT | O_DIRECT, Octal(644));
            Same((long)Page, Sys.Pwrite(fd, Aligned(f, Page), 10 * Page));
            Same(11L * Page, FstatOf(fd).Size);
        }),
        new("a direct read over the end is short", f =>
        {
            f.Create("a", content: "hello");
            Span<byte> buffer = Aligned(f, Page);
            Same(5L, Sys.Pread(f.Open("a", O_RDONLY | O_DIRECT), buffer, 0));
            SameBytes("hello"u8, buffer[..5]);
        }),
        new("a direct read at the end is 0", f =>
        {
            f.Create("a", content: "hello");
            Same(0L, Sys.Pread(f.Open("a", O_RDONLY | O_DIRECT), Aligned(f, Page), Page));
        }),
        new("a direct append", f =>
        {
            long fd = f.Open("a", O_WRONLY | O_CREAT | O_APPEND | O_DIRECT, Octal(644));
            Same((long)Page, Sys.Write(fd, Aligned(f, Page)));
            Same((long)Page, Sys.Write(fd, Aligned(f, Page)));
            Same(2L * Page, FstatOf(fd).Size);
        }),
        new("direct reads of a hole are zero", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT | O_DIRECT, Octal(644));
            Ok(Sys.Ftruncate(fd, 16 * Page));
            Span<byte> buffer = Aligned(f, 4 * Page);
            buffer.Fill(0xFF);
            Same(4L * Page, Sys.Pread(fd, buffer, 4 * Page));
            True(buffer.IndexOfAnyExcept((byte)0) < 0);
        }),
        new("O_DIRECT set and cleared by F_SETFL", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Fcntl(fd, F_SETFL, O_DIRECT));
            Same((long)Page, Sys.Pwrite(fd, Aligned(f, Page), 0));
            Ok(Sys.Fcntl(fd, F_SETFL, 0));
            Same(3L, Sys.Pwrite(fd, "abc"u8, 1));
        }),
        new("O_DIRECT|O_SYNC", f =>
            Same((long)Page, Sys.Pwrite(f.Open("a", O_RDWR | O_CREAT | O_DIRECT | O_SYNC, Octal(644)), Aligned(f, Page), 0))),
    ]);

    private static Span<byte> Aligned(CheckFolder f, int length)
    {
        long address = Ok(Sys.Mmap(length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        f.Defer(() => Sys.Munmap(address, length));
        return Sys.Mapped(address, length);
    }
}
