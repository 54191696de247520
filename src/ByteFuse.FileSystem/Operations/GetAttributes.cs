using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>GETATTR.</summary>
internal static class GetAttributes
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var node = await connection.Volume.ReadNode(connection.Inode(request.Header.NodeId));
        return node.Error != Errno.None ? node.Error : request.Answer(connection.AttributesReply(node.Node));
    }
}
