using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>LINK: another name for an inode that is no directory.</summary>
internal static class Link
{
    /// <summary>EXT4_LINK_MAX: what users of ext4 run into.</summary>
    private const uint MaximumLinks = 65000;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var volume = connection.Volume;
        var inode = connection.Inode(request.Read<LinkIn>().OldNodeId);
        var directory = connection.Inode(request.Header.NodeId);
        var error = request.ReadDentryKey(connection, directory, out var name);
        if (error != Errno.None) return error;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var target = await volume.ReadNode(inode);
            if (target.Error != Errno.None) return target.Error;
            var node = target.Node;
            if (node.IsDirectory) return Errno.EPERM;
            if (node.Record.LinkCount >= MaximumLinks) return Errno.EMLINK;
            var parent = await volume.ReadRecord(directory);
            if (parent.Error != Errno.None) return parent.Error;
            if (parent.Node.IsRemovedDirectory) return Errno.ENOENT;
            using var commit = MetadataCommit.Rent();
            var exists = commit.RequireAbsent(name);
            var gone = commit.RequireExists(Keys.Inode(directory));
            var wasOrphan = Append(commit, name, ref node, request.Reactor.Clock.FileNow());
            error = await DirectoryChange.Append(volume, commit, parent.Node, node.Record.ChangedNs, 1, 0);
            if (error != Errno.None) return error;
            var reply = request.Answer(connection.Entry(node));
            connection.RecordOutcome(commit, request, reply.BodyLength);
            var outcome = await volume.Commit(commit);
            if (outcome.Error != Errno.None) return outcome.Error;
            if (outcome.FailedPrecondition == exists) return Errno.EEXIST;
            if (outcome.FailedPrecondition == gone) return Errno.ENOENT;
            if (!outcome.Committed) continue;
            if (wasOrphan) volume.Orphans.Remove(inode);
            return reply;
        }
        return Errno.EAGAIN;
    }

    private static bool Append(MetadataCommit commit, in MetadataKey name, ref Node node, long nowNs)
    {
        // The kernel lets only O_TMPFILE files come back from no name at all (I_LINKABLE).
        var wasOrphan = node.Record.LinkCount == 0;
        node.Record.LinkCount++;
        node.Record.ChangedNs = nowNs;
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        commit.PutInode(node.Inode, node.Record);
        commit.PutDentry(name, node.Inode, node.Record.Mode);
        if (wasOrphan) commit.Delete(Keys.Orphan(node.Inode));
        return wasOrphan;
    }
}
