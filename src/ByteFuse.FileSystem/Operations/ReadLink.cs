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
        using var read = MetadataRead.Rent();
        read.Add(Keys.Symlink(connection.Inode(request.Header.NodeId)));
        var error = await connection.Volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        if (!read.Found(0)) return Errno.EINVAL;
        read.Value(0).CopyTo(request.Body.Span);
        return Reply.Body(read.Value(0).Length);
    }
}
