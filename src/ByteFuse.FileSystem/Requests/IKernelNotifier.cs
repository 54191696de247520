using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>What a transport can tell its kernel unasked.</summary>
public interface IKernelNotifier
{
    /// <summary>
    /// Has the kernel ask for an inode's attributes again, before this returns. Only while a request that names the inode
    /// is unanswered: nobody then ends the inode in the kernel, and the call cannot wait.
    /// </summary>
    Errno InvalidateAttributes(ulong nodeId);
}
