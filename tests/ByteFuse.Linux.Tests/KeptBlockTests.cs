namespace ByteFuse.Linux.Tests;

public sealed class KeptBlockTests
{
    [Fact]
    public void What_is_in_it_stays_while_anybody_has_a_descriptor()
    {
        Assert.Equal(Errno.None, KeptBlock.TryCreate("kept", 5000, out var first));
        Assert.Equal(5000, first!.Length);
        first.Slice.Span[4999] = 7;
        var held = FileCalls.Duplicate(first.Descriptor).Value;
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Slice);
        Assert.Equal(Errno.None, KeptBlock.TryOpen(held, out var second));
        using (second) Assert.Equal((5000, 7), (second!.Length, second.Slice.Span[4999]));
    }

    [Fact]
    public void Nobody_can_cut_it()
    {
        Assert.Equal(Errno.None, KeptBlock.TryCreate("kept", 4096, out var block));
        using (block)
        {
            Assert.Equal(Errno.EPERM, FileCalls.Truncate(block!.Descriptor, 0).Error);
            Assert.Equal(Errno.EPERM, FileCalls.Truncate(block.Descriptor, 8192).Error);
        }
    }

    [Fact]
    public void What_is_no_memory_is_refused()
    {
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        Assert.Equal(Errno.EINVAL, KeptBlock.TryOpen(readEnd, out var block));
        Assert.Null(block);
        FileCalls.Close(readEnd);
        FileCalls.Close(writeEnd);
    }
}
