using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>LOOKUP: a name in a directory. "." and ".." serve knfsd and open_by_handle_at (EXPORT_SUPPORT).</summary>
internal static class Lookup
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var volume = connection.Volume;
        var directory = connection.Inode(request.Header.NodeId);
        if (IsSpecialName(request, out var parent)) return await ByNumber(connection, request, directory, parent);
        var error = request.ReadDentryKey(connection, directory, out var key);
        if (error != Errno.None) return error;
        var dentry = await volume.ReadDentry(key);
        if (dentry.Error == Errno.ENOENT) return Absent(connection, request);
        if (dentry.Error != Errno.None) return dentry.Error;
        var node = await volume.ReadNode(dentry.Dentry.Inode);
        // The name was read before the inode: one that went in between is absent by now.
        if (node.Error == Errno.ESTALE) return Absent(connection, request);
        return node.Error != Errno.None ? node.Error : request.Answer(connection.Entry(node.Node));
    }

    /// <summary>An entry with nodeid 0 and a timeout lets the kernel remember that the name does not exist.</summary>
    private static Reply Absent(Connection connection, Request request)
    {
        var timeout = connection.Options.NegativeTimeout;
        if (timeout <= TimeSpan.Zero) return Errno.ENOENT;
        return request.Answer(new EntryOut
        {
            EntryValidSeconds = (ulong)timeout.TotalSeconds,
            EntryValidNanoseconds = Connection.Fraction(timeout),
        });
    }

    private static async ReactorTask<Reply> ByNumber(Connection connection, Request request, ulong inode, bool parent)
    {
        var node = await connection.Volume.ReadNode(inode);
        // The kernel asks by number for inodes alone that it does not hold: one without a name is open nowhere then, and about to
        // be purged. Its FORGET may still be on its way: over io_uring, it comes by another way than this request.
        if (node.Error == Errno.None && node.Node.LinkCount == 0) return Errno.ESTALE;
        if (node.Error == Errno.None && parent && inode != connection.Options.RootInode)
        {
            if (!node.Node.IsDirectory) return Errno.ESTALE;
            node = await connection.Volume.ReadNode(node.Node.Record.Parent);
        }
        return node.Error != Errno.None ? node.Error : request.Answer(connection.Entry(node.Node));
    }

    private static bool IsSpecialName(Request request, out bool parent)
    {
        var payload = request.Payload.Span;
        parent = payload.StartsWith("..\0"u8);
        return parent || payload.StartsWith(".\0"u8);
    }
}
