using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.Transports.DevFuse;

/// <summary>Writes notifications to a descriptor of the mount.</summary>
internal sealed class DevFuseNotifier(int fd) : IKernelNotifier
{
    private long refused;

    /// <summary>Notifications that the kernel refused.</summary>
    public long Refused => Volatile.Read(ref refused);

    /// <summary>Has the kernel send everything again that has been read and not answered, by whomever.</summary>
    public Errno Resend()
    {
        Span<byte> buffer = stackalloc byte[NotificationWriter.BufferLength];
        return FileCalls.Write(fd, buffer[..NotificationWriter.Resend(buffer)]).Error;
    }

    // The kernel looks the inode up and waits for one that comes or goes (fs/inode.c, ilookup5), whose pages might have to
    // be written back by this very thread. An inode with a request in the daemon's hands is neither: its caller waits for
    // the answer even if it is killed (fs/fuse/dev.c, request_wait_answer). So this takes some spin locks and returns.
    public Errno InvalidateAttributes(ulong nodeId)
    {
        Span<byte> buffer = stackalloc byte[NotificationWriter.BufferLength];
        var length = NotificationWriter.InvalidateInode(buffer, nodeId, offset: -1, length: 0);
        var error = FileCalls.Write(fd, buffer[..length]).Error;
        // ENOENT: the kernel has nothing cached. ENODEV and ENOTCONN: unmounted.
        if (error is Errno.ENOENT or Errno.ENODEV or Errno.ENOTCONN) return Errno.None;
        if (error != Errno.None) Interlocked.Increment(ref refused);
        return error;
    }
}
