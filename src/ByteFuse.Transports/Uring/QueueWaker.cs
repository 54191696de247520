using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// Has the kernel put a request of its own into the queue of a CPU: it goes into the queue of the CPU that a notification is
/// written on, so that a thread that goes from CPU to CPU writes it.
/// </summary>
internal sealed class QueueWaker(int fd) : IDisposable
{
    // Even, as the kernel's own numbers are (FUSE_INT_REQ_BIT is odd), and far beyond what they get to.
    private const ulong FirstUnique = 1UL << 62;

    private readonly BlockingCalls calls = new(threads: 1);
    private long wakes;

    /// <summary>
    /// Wakes a queue. No page of the file is asked for; the kernel refuses with EINVAL what is no regular file, and the caller
    /// answers for it that the file is open.
    /// </summary>
    public async ReactorTask<Errno> Wake(int processor, ulong nodeId)
    {
        var unique = FirstUnique | ((ulong)Interlocked.Increment(ref wakes) << 1);
        return await calls.Run<WakeCall, Errno>(new WakeCall(fd, processor, unique, nodeId));
    }

    /// <summary>After the queues have ended, before the descriptor is closed.</summary>
    public void Dispose() => calls.Dispose();

    private readonly struct WakeCall(int fd, int processor, ulong unique, ulong nodeId) : IBlockingCall<Errno>
    {
        public Errno Execute()
        {
            var pinned = ProcessCalls.PinCurrentThread(processor);
            if (!pinned.Succeeded) return pinned.Error;
            Span<byte> buffer = stackalloc byte[NotificationWriter.BufferLength];
            var length = NotificationWriter.RetrieveNothing(buffer, unique, nodeId);
            return FileCalls.Write(fd, buffer[..length]).Error;
        }
    }
}
