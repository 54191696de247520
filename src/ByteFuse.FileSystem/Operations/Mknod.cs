using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>MKNOD: regular files, device nodes, FIFOs and sockets.</summary>
internal static class Mknod
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<MknodIn>();
        var directory = connection.Inode(request.Header.NodeId);
        var error = request.ReadDentryKey(connection, directory, out var name);
        if (error != Errno.None) return error;
        var mode = (arguments.Mode & FileMode.TypeMask) == 0 ? arguments.Mode | FileMode.Regular : arguments.Mode;
        if (FileMode.IsDirectory(mode) || FileMode.IsSymbolicLink(mode)) return Errno.EINVAL;
        var wanted = new NewInodeRequest(directory, mode, arguments.Umask) { DeviceNumber = arguments.Device };
        return await NamedInode.Make(connection, request, name, wanted);
    }
}
