using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SETLK and SETLKW: locks or unlocks a range, or the whole file for flock(2).</summary>
internal static class SetLock
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<LockIn>();
        if (!LockRequest.TryRead(connection, connection.Inode(request.Header.NodeId), arguments, out var wanted)) return new ReactorTask<Reply>(Errno.EINVAL);
        var locks = connection.Volume.Locks;
        return new ReactorTask<Reply>(request.Header.Opcode == Opcode.SetLockWait ? locks.SetOrWait(wanted, request) : locks.Set(wanted));
    }
}
