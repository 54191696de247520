using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SYMLINK: the name, then the target.</summary>
internal static class Symlink
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var directory = connection.Inode(request.Header.NodeId);
        // Copied: the reply is built in memory that the target may lie in.
        var error = ReadNames(connection, request, directory, out var name, out var target);
        if (error != Errno.None) return error;
        var wanted = new NewInodeRequest(directory, FileMode.SymbolicLink | 0x1FF, 0) { Size = (ulong)target.Length };
        return await NamedInode.Make(connection, request, name, wanted, target);
    }

    private static Errno ReadNames(Connection connection, Request request, ulong directory, out MetadataKey name, out byte[] target)
    {
        target = [];
        var reader = new ArgumentReader(request.Payload.Span);
        var error = Arguments.ReadDentryKey(ref reader, connection, directory, out name);
        if (error != Errno.None) return error;
        if (!reader.TryReadTarget(out var bytes, out var fault)) return fault == NameFault.TooLong ? Errno.ENAMETOOLONG : Errno.ENOENT;
        target = bytes.ToArray();
        return Errno.None;
    }
}
