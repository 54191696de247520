using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>GETLK: which lock is in the way.</summary>
internal static class GetLock
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<LockIn>();
        if (!LockRequest.TryRead(connection, connection.Inode(request.Header.NodeId), arguments, out var wanted)) return new ReactorTask<Reply>(Errno.EINVAL);
        var found = connection.Volume.Locks.Find(wanted);
        return new ReactorTask<Reply>(request.Answer(new LockOut { Lock = found }));
    }
}
