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
        if (volume.OpenInodes.Close(inode, out var closed))
        {
            volume.Data.Release(closed.DataId);
            connection.SyncFailures.Forget(inode);
            if (volume.Orphans.Release(inode)) volume.Purges.Add(inode);
        }
        return new ReactorTask<Reply>(Reply.Done);
    }
}
