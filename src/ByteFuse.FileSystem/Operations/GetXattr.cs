using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>GETXATTR.</summary>
internal static class GetXattr
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var size = request.Read<GetXattrIn>().Size;
        var error = XattrName.Read(request, out var name);
        if (error != Errno.None) return error;
        using var read = MetadataRead.Rent();
        read.Add(name.Key(connection.Inode(request.Header.NodeId)));
        error = await connection.Volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        return read.Found(0) ? XattrReply.Of(request, size, read.Value(0)) : Errno.ENODATA;
    }
}
