namespace ByteFuse.Linux.Tests;

public sealed class MemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData((4 << 20) + 1)]
    public void A_block_is_zeroed_aligned_and_bounded(int length)
    {
        using var block = NativeMemoryBlock.Allocate(length);
        Assert.Equal(length, block.Slice.Length);
        Assert.Equal(0, block.Slice.Address % Environment.SystemPageSize);
        Assert.Equal(-1, block.Slice.Span.IndexOfAnyExcept((byte)0));
        block.Slice.Span.Fill(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Part(0, length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Part(length, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Part(-1, 1));
        Assert.Equal(1, block.Part(length - 1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Slice.Slice(1, length));
    }

    [Fact]
    public void A_disposed_block_gives_no_memory()
    {
        var block = NativeMemoryBlock.Allocate(4096);
        block.Dispose();
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => block.Slice);
        Assert.Throws<ObjectDisposedException>(() => block.Part(0, 1));
    }

    [Fact]
    public void A_memory_file_is_mapped_twice_and_never_over_something_else()
    {
        const int length = 8192;
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        var fd = SharedMemory.CreateFile("test").Value;
        Assert.True(FileCalls.Truncate(fd, length).Succeeded);
        Assert.Equal(Errno.None, SharedMemory.Map(0, length, protection, SharedMemory.MapShared, fd, 0, out var first));
        Assert.Equal(Errno.None, SharedMemory.Map(0, length, protection, SharedMemory.MapShared, fd, 0, out var second));
        new NativeSlice(first, length).Span[8000] = 42;
        Assert.Equal(42, new NativeSlice(second, length).Span[8000]);
        var flags = SharedMemory.MapShared | SharedMemory.MapFixedNoReplace;
        Assert.Equal(Errno.EEXIST, SharedMemory.Map(first, length, protection, flags, fd, 0, out _));
        Assert.True(SharedMemory.Unmap(second, length).Succeeded);
        Assert.Equal(Errno.None, SharedMemory.Map(second, length, protection, flags, fd, 0, out var again));
        Assert.Equal(second, again);
        SharedMemory.Unmap(first, length);
        SharedMemory.Unmap(again, length);
        FileCalls.Close(fd);
    }
}
