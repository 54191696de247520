using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>OPEN of a regular file. O_CREAT and O_EXCL were dealt with before; O_TRUNC comes with the open (ATOMIC_O_TRUNC).</summary>
internal static class Open
{
    private const uint AccessModeMask = 3;
    private const uint WriteOnly = 1;
    private const uint Truncate = 0x200;
    private const uint NoAccessTime = 0x40000;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<OpenIn>();
        var inode = connection.Inode(request.Header.NodeId);
        var opened = await OpenNode(connection, request, inode, arguments.Flags, arguments.RequestFlags);
        if (opened.Error != Errno.None) return opened.Error;
        return request.Answer(await Passthrough.Answer(connection, request, opened.File, arguments.Flags, connection.HandleFor(request)));
    }

    /// <summary>Opens an inode and counts the open.</summary>
    public static async ReactorTask<OpenedNode> OpenNode(
        Connection connection, Request request, ulong inode, uint flags, OpenRequestFlags requestFlags)
    {
        var volume = connection.Volume;
        var result = await volume.ReadNode(inode);
        if (result.Error != Errno.None) return new OpenedNode(result.Error);
        if (result.Node.IsDirectory) return new OpenedNode(Errno.EISDIR);
        if ((flags & Truncate) != 0 && result.Node.IsFile)
        {
            var kill = (requestFlags & OpenRequestFlags.KillSuidSgid) != 0;
            var error = await TruncateAtOpen(volume, request, result.Node, kill);
            if (error != Errno.None) return new OpenedNode(error);
            result = await volume.ReadNode(inode);
            if (result.Error != Errno.None) return new OpenedNode(result.Error);
        }
        var node = result.Node;
        var (failure, open) = await Passthrough.CountOpen(connection, request, node, flags);
        if (failure != Errno.None) return new OpenedNode(failure);
        if (Passthrough.BecomesMappable(volume, open, flags)) connection.Notifier?.InvalidateAttributes(connection.NodeId(inode));
        var reads = (flags & AccessModeMask) != WriteOnly && (flags & NoAccessTime) == 0;
        if (!reads) return new OpenedNode(Errno.None, node, open);
        // What it fails to record or to tell costs no more than an access time.
        await AccessTime.TouchAtOpen(connection, request.Reactor, open);
        node.Record.AccessedNs = open.AccessedNs;
        return new OpenedNode(Errno.None, node, open);
    }

    private static ReactorTask<Errno> TruncateAtOpen(Volume volume, Request request, Node node, bool killSetId)
    {
        var valid = SetAttributesValid.Size | (killSetId ? SetAttributesValid.KillSuidSgid : SetAttributesValid.None);
        var wanted = new SetAttributesIn { Valid = valid, Size = 0 };
        return new AttributeChange(volume, wanted, request).Apply(node.Inode);
    }
}

/// <summary>An inode that was opened and counted, or why not.</summary>
internal readonly record struct OpenedNode(Errno Error, Node Node, OpenInode File)
{
    public OpenedNode(Errno error)
        : this(error, default, null!)
    {
    }
}
