using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>MKDIR.</summary>
internal static class Mkdir
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<MkdirIn>();
        var directory = connection.Inode(request.Header.NodeId);
        var error = request.ReadDentryKey(connection, directory, out var name);
        if (error != Errno.None) return error;
        var mode = FileMode.Directory | (arguments.Mode & FileMode.PermissionMask);
        return await NamedInode.Make(connection, request, name, new NewInodeRequest(directory, mode, arguments.Umask));
    }
}
