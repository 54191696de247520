using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>FORGET: the kernel has dropped an inode. It matters for inodes without a name alone (see <see cref="OrphanTable"/>).</summary>
internal static class Forget
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        One(connection, request.Header.NodeId);
        return new ReactorTask<Reply>(Reply.Silent);
    }

    public static void One(Connection connection, ulong nodeId)
    {
        var volume = connection.Volume;
        var inode = connection.Inode(nodeId);
        if (volume.IsTakenOver) volume.OpenInodes.DropInherited(inode);
        // An open that has just come says that the kernel has the inode again.
        if (!volume.OpenInodes.IsOpen(inode)) volume.Mappable.Remove(inode);
        volume.Orphans.Forget(inode, volume.OpenInodes);
    }
}
