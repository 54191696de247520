using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>READ: from the store into the reply, with no copy in between.</summary>
internal static class Read
{
    private const uint NoAccessTime = 0x40000;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<ReadIn>();
        var body = request.Body;
        if (arguments.Size > (uint)body.Length || arguments.Offset > long.MaxValue) return Errno.EINVAL;
        var open = await connection.Volume.FindOpen(connection.Inode(request.Header.NodeId));
        if (open.Error != Errno.None) return open.Error;
        var result = await connection.Volume.Data.Read(open.File.DataId, (long)arguments.Offset, body.Slice(0, (int)arguments.Size));
        if (!result.Succeeded) return result.Error;
        if ((arguments.Flags & NoAccessTime) == 0) await AccessTime.Touch(connection, request.Reactor, open.File);
        return Reply.Body(result.Value);
    }
}
