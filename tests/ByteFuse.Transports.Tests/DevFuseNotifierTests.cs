using System.Buffers.Binary;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using ByteFuse.Transports.DevFuse;

namespace ByteFuse.Transports.Tests;

/// <summary>Notifications go out whole and in bounded number; a pipe is the kernel.</summary>
public sealed class DevFuseNotifierTests : IDisposable
{
    private const int Length = 40;

    private readonly ReactorSet reactors = new(new ReactorOptions { MaximumReactors = 1, Pin = false });
    private readonly int readEnd;
    private readonly int writeEnd;

    public DevFuseNotifierTests() => Assert.Equal(Errno.None, FileCalls.CreatePipe(out readEnd, out writeEnd));

    public void Dispose()
    {
        reactors.Dispose();
        FileCalls.Close(readEnd);
        FileCalls.Close(writeEnd);
    }

    [Fact]
    public void An_invalidation_names_the_inode_and_spares_its_pages()
    {
        using var notifier = new DevFuseNotifier(writeEnd);
        Assert.Equal(Errno.None, reactors.RunOn(0, () => notifier.InvalidateAttributes(77)));
        var bytes = new byte[64];
        Assert.Equal(Length, FileCalls.Read(readEnd, bytes).Value);
        // struct fuse_out_header: length, FUSE_NOTIFY_INVAL_INODE, unique 0; struct fuse_notify_inval_inode_out.
        Assert.Equal(Length, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.Equal(2, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)));
        Assert.Equal(77, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)));
        Assert.Equal(-1, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24)));
        Assert.Equal(0, notifier.Dropped);
    }

    [Fact]
    public void Beyond_the_bound_notifications_are_dropped_and_counted_without_waiting()
    {
        const int Surplus = 5;
        // A full pipe holds the first one up, as a lock of the kernel would.
        var filled = Fill();
        using var notifier = new DevFuseNotifier(writeEnd);
        var (refused, waiting) = reactors.RunOn(0, async ReactorTask<(int, int)> () =>
        {
            for (var i = 0; i < DevFuseLimits.MaximumNotifications; i++) notifier.InvalidateAttributes((ulong)i).Detach();
            var errors = 0;
            for (var i = 0; i < Surplus; i++) errors += await notifier.InvalidateAttributes(1) == Errno.EAGAIN ? 1 : 0;
            return (errors, notifier.Waiting);
        });
        Assert.Equal(Surplus, refused);
        Assert.Equal(Surplus, notifier.Dropped);
        Assert.Equal(DevFuseLimits.MaximumNotifications, waiting);
        Drain(filled + DevFuseLimits.MaximumNotifications * Length);
        Assert.Equal(Errno.None, reactors.RunOn(0, () => notifier.InvalidateAttributes(1)));
        Assert.Equal(0, notifier.Waiting);
        Assert.Equal(Surplus, notifier.Dropped);
    }

    [Fact]
    public void What_the_kernel_refuses_is_counted()
    {
        using var notifier = new DevFuseNotifier(readEnd);
        Assert.Equal(Errno.EBADF, reactors.RunOn(0, () => notifier.InvalidateAttributes(1)));
        Assert.Equal(1, notifier.Dropped);
    }

    private int Fill()
    {
        const int pipe = 65536;
        Assert.Equal(pipe, FileCalls.Write(writeEnd, new byte[pipe]).Value);
        return pipe;
    }

    private void Drain(int length)
    {
        var bytes = new byte[4096];
        while (length > 0) length -= FileCalls.Read(readEnd, bytes.AsSpan(0, Math.Min(length, bytes.Length))).Value;
    }
}
