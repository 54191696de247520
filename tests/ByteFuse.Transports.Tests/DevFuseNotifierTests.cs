using System.Buffers.Binary;
using ByteFuse.Linux;
using ByteFuse.Transports.DevFuse;

namespace ByteFuse.Transports.Tests;

/// <summary>Notifications go out whole; a pipe is the kernel.</summary>
public sealed class DevFuseNotifierTests : IDisposable
{
    private const int Length = 40;

    private readonly int readEnd;
    private readonly int writeEnd;

    public DevFuseNotifierTests() => Assert.Equal(Errno.None, FileCalls.CreatePipe(out readEnd, out writeEnd));

    public void Dispose()
    {
        FileCalls.Close(readEnd);
        FileCalls.Close(writeEnd);
    }

    [Fact]
    public void An_invalidation_names_the_inode_and_spares_its_pages()
    {
        var notifier = new DevFuseNotifier(writeEnd);
        Assert.Equal(Errno.None, notifier.InvalidateAttributes(77));
        var bytes = new byte[64];
        Assert.Equal(Length, FileCalls.Read(readEnd, bytes).Value);
        // struct fuse_out_header: length, FUSE_NOTIFY_INVAL_INODE, unique 0; struct fuse_notify_inval_inode_out.
        Assert.Equal(Length, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.Equal(2, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)));
        Assert.Equal(77, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)));
        Assert.Equal(-1, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24)));
        Assert.Equal(0, notifier.Refused);
    }

    [Fact]
    public void What_the_kernel_refuses_is_counted()
    {
        var notifier = new DevFuseNotifier(readEnd);
        Assert.Equal(Errno.EBADF, notifier.InvalidateAttributes(1));
        Assert.Equal(1, notifier.Refused);
    }
}
