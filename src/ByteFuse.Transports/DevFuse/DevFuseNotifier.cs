using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.DevFuse;

/// <summary>
/// Writes notifications, on a thread of its own: they take locks of the kernel (inode.c, ilookup5 waits for inodes that come
/// and go), which a reactor must not wait for.
/// </summary>
internal sealed class DevFuseNotifier(int fd) : IKernelNotifier, IDisposable
{
    private readonly BlockingCalls calls = new(threads: 1);
    private int waiting;
    private long dropped;

    /// <summary>Notifications that were not made: too many waited, or the kernel refused them.</summary>
    public long Dropped => Volatile.Read(ref dropped);

    /// <summary>Notifications that wait or are being made.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    public async ReactorTask<Errno> InvalidateAttributes(ulong nodeId)
    {
        var error = Errno.EAGAIN;
        if (Interlocked.Increment(ref waiting) <= DevFuseLimits.MaximumNotifications)
            error = await calls.Run<InvalidateAttributesCall, Errno>(new InvalidateAttributesCall(fd, nodeId));
        Interlocked.Decrement(ref waiting);
        // ENOENT: the kernel has nothing cached. ENODEV and ENOTCONN: unmounted.
        if (error is Errno.ENOENT or Errno.ENODEV or Errno.ENOTCONN) return Errno.None;
        if (error != Errno.None) Interlocked.Increment(ref dropped);
        return error;
    }

    /// <summary>After the reactors have stopped, before the descriptor is closed.</summary>
    public void Dispose() => calls.Dispose();

    private readonly struct InvalidateAttributesCall(int fd, ulong nodeId) : IBlockingCall<Errno>
    {
        public Errno Execute()
        {
            Span<byte> buffer = stackalloc byte[NotificationWriter.BufferLength];
            var length = NotificationWriter.InvalidateInode(buffer, nodeId, offset: -1, length: 0);
            return FileCalls.Write(fd, buffer[..length]).Error;
        }
    }
}
