using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>READLINK.</summary>
internal static class ReadLink
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var inode = connection.Inode(request.Header.NodeId);
        var node = await connection.Volume.ReadRecord(inode);
        if (node.Error != Errno.None) return node.Error;
        using var read = MetadataRead.Rent();
        read.Add(Keys.Symlink(inode));
        var error = await connection.Volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        if (!read.Found(0)) return Errno.EINVAL;
        await AccessTime.Touch(connection, request.Reactor, node.Node);
        read.Value(0).CopyTo(request.Body.Span);
        return Reply.Body(read.Value(0).Length);
    }
}
