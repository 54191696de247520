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
        if (connection.Options.Locks == LockKeeper.Daemon) ReleaseLocks(connection, inode, arguments);
        // The open of an earlier daemon that was not kept was never counted here.
        if (!connection.Released(arguments.Handle)) return new ReactorTask<Reply>(Reply.Done);
        return volume.OpenInodes.Close(inode, out var closed) ? End(connection, closed) : new ReactorTask<Reply>(Reply.Done);
    }

    private static void ReleaseLocks(Connection connection, ulong inode, in ReleaseIn arguments)
    {
        var locks = connection.Volume.Locks;
        if ((arguments.ReleaseFlags & ReleaseFlags.FlockUnlock) != 0)
            locks.Set(LockRequest.UnlockAll(new LockOwner(connection, arguments.LockOwner), inode, isFlock: true));
        locks.ReleaseHandle(inode, connection, arguments.Handle);
    }

    private static async ReactorTask<Reply> End(Connection connection, OpenInode closed)
    {
        var volume = connection.Volume;
        volume.Data.Release(closed.DataId);
        connection.SyncFailures.Forget(closed.Inode);
        await Passthrough.End(connection, closed);
        volume.Orphans.Release(closed.Inode);
        return Reply.Done;
    }
}
