using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// FLUSH, once per close(2): as POSIX has it, a process that closes any descriptor of a file loses its locks on it.
/// Written data needs nothing: it is with the store already.
/// </summary>
internal static class Flush
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var owner = new LockOwner(connection, request.Read<FlushIn>().LockOwner);
        var inode = connection.Inode(request.Header.NodeId);
        // No ENOLCK: giving up the whole file splits no lock.
        connection.Volume.Locks.Set(LockRequest.UnlockAll(owner, inode, isFlock: false));
        return new ReactorTask<Reply>(Reply.Done);
    }
}
