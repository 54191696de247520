using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What a transport can tell its kernel unasked.</summary>
public interface IKernelNotifier
{
    /// <summary>
    /// Has the kernel ask for an inode's attributes again. Completes when it has been told, or at once with EAGAIN where too
    /// many others wait: best effort. Only within a request that holds the inode in the kernel: else the kernel may end it
    /// while it is being told, and write back its pages to whoever waits here.
    /// </summary>
    ReactorTask<Errno> InvalidateAttributes(ulong nodeId);
}
