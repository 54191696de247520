using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>ACCESS. The kernel checks by itself (default_permissions) and does not ask; asked, it gets the mode's answer.</summary>
internal static class Access
{
    private const uint Execute = 1;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var mask = request.Read<AccessIn>().Mask & 7;
        var result = await connection.Volume.ReadRecord(connection.Inode(request.Header.NodeId));
        if (result.Error != Errno.None) return result.Error;
        var record = result.Node.Record;
        var anyExecute = (record.Mode & 0x49) != 0 || result.Node.IsDirectory;
        if (request.Header.UserId == 0) return (mask & Execute) == 0 || anyExecute ? Errno.None : Errno.EACCES;
        var shift = request.Header.UserId == record.UserId ? 6 : request.Header.GroupId == record.GroupId ? 3 : 0;
        return (mask & ~(record.Mode >> shift)) == 0 ? Errno.None : Errno.EACCES;
    }
}
