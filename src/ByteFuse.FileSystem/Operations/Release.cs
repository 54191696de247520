using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>RELEASE: the last close of an open.</summary>
internal static class Release
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var volume = connection.Volume;
        var inode = connection.Inode(request.Header.NodeId);
        if (volume.OpenInodes.Close(inode, out var closed))
        {
            volume.Data.Release(closed.DataId);
            if (volume.Orphans.Release(inode)) volume.Purges.Add(inode);
        }
        return new ReactorTask<Reply>(Reply.Done);
    }
}
