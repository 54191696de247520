using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>REMOVEXATTR.</summary>
internal static class RemoveXattr
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var volume = connection.Volume;
        var inode = connection.Inode(request.Header.NodeId);
        var error = XattrName.Read(request, out var name);
        if (error != Errno.None) return error;
        var key = name.Key(inode);
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var result = await volume.ReadRecord(inode);
            if (result.Error != Errno.None) return result.Error;
            using var read = MetadataRead.Rent();
            read.Add(key);
            error = await volume.Metadata.Get(read);
            if (error != Errno.None) return error;
            // Removing an ACL that is not there succeeds: setfacl -b does so to every file.
            if (!read.Found(0)) return name.Kind is XattrKind.AccessAcl or XattrKind.DefaultAcl ? Errno.None : Errno.ENODATA;
            using var commit = MetadataCommit.Rent();
            var node = result.Node;
            node.Record.Flags &= ~Flag(name.Kind);
            commit.Delete(key);
            XattrChange.AppendNode(volume, commit, node, request.Reactor.Clock.FileNow());
            connection.RecordOutcome(commit, request, 0);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return XattrChange.Committed(volume, node);
            if (outcome.Error != Errno.None) return outcome.Error;
        }
        return Errno.EAGAIN;
    }

    private static InodeFlags Flag(XattrKind kind) => kind switch
    {
        XattrKind.AccessAcl => InodeFlags.HasAccessAcl,
        XattrKind.DefaultAcl => InodeFlags.HasDefaultAcl,
        XattrKind.Capability => InodeFlags.HasCapability,
        _ => InodeFlags.None,
    };
}
