namespace ByteFuse.Linux.Tests;

public sealed class MappedFileTests : IDisposable
{
    private const int Length = 200_000;

    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void What_is_stored_is_the_files_and_there_when_it_is_mapped_again()
    {
        var path = scratch["file"];
        using (var file = Open(path))
        {
            Assert.True(file.Slice.Span.IndexOfAnyExcept((byte)0) < 0);
            file.Slice.Span[Length - 1] = 7;
            Assert.Equal(7, File.ReadAllBytes(path)[Length - 1]);
        }
        using var again = Open(path);
        Assert.Equal(7, again.Slice.Span[Length - 1]);
    }

    [Fact]
    public void A_file_with_holes_gets_blocks_and_keeps_its_bytes()
    {
        var path = scratch["file"];
        using (var stream = File.Create(path))
        {
            stream.SetLength(Length + 5000);
            stream.Position = 100_000;
            stream.Write("bytes"u8);
        }
        using var file = Open(path);
        Assert.Equal(Errno.None, FileCalls.GetStatus(path, out var status));
        Assert.Equal(Length + 5000, status.Size);
        Assert.True((long)status.Blocks512 * 512 >= Length, $"{status.Blocks512} blocks");
        Assert.Equal("bytes"u8, file.Slice.Span.Slice(100_000, 5));
    }

    [Fact]
    public void What_cannot_be_opened_says_why()
    {
        Assert.Equal(Errno.ENOENT, MappedFile.TryOpen(scratch["none/file"], Length, out var file));
        Assert.Null(file);
    }

    private static MappedFile Open(string path)
    {
        Assert.Equal(Errno.None, MappedFile.TryOpen(path, Length, out var file));
        Assert.Equal(Length, file!.Length);
        return file;
    }
}
