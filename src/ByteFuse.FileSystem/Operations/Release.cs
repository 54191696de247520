using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>RELEASE: the last close of an open. Its locks end, and with the file's last open whatever was kept for it.</summary>
internal static class Release
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<ReleaseIn>();
        var volume = connection.Volume;
        var inode = connection.Inode(request.Header.NodeId);
        if ((arguments.ReleaseFlags & ReleaseFlags.FlockUnlock) != 0)
        {
            var owner = new LockOwner(connection, arguments.LockOwner);
            volume.Locks.Set(inode, isFlock: true, LockRequest.UnlockAll(owner));
        }
        volume.Locks.ReleaseHandle(inode, connection, arguments.Handle);
        return volume.OpenInodes.Close(inode, out var closed) ? End(connection, closed) : new ReactorTask<Reply>(Reply.Done);
    }

    private static async ReactorTask<Reply> End(Connection connection, OpenInode closed)
    {
        var volume = connection.Volume;
        volume.Data.Release(closed.DataId);
        connection.SyncFailures.Forget(closed.Inode);
        await Passthrough.End(connection, closed);
        if (volume.Orphans.Release(closed.Inode)) volume.Purges.Add(closed.Inode);
        return Reply.Done;
    }
}
