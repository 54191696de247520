using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What setting or removing an extended attribute does to the inode's record.</summary>
internal static class XattrChange
{
    /// <summary>
    /// An access ACL sets the mode's bits; one that says no more than they do is not kept (as ext4: fs/posix_acl.c,
    /// posix_acl_update_mode).
    /// </summary>
    public static Errno AppendAccessAcl(MetadataCommit commit, ref Node node, in MetadataKey key, ReadOnlySpan<byte> value, bool killSetGroupId)
    {
        var error = AccessControlList.Validate(value);
        if (error != Errno.None) return error;
        var equivalent = AccessControlList.IsEquivalentToMode(value, ref node.Record.Mode);
        if (killSetGroupId) node.Record.Mode &= ~FileMode.SetGroupId;
        Keep(commit, ref node, key, value, InodeFlags.HasAccessAcl, kept: !equivalent);
        return Errno.None;
    }

    /// <summary>A default ACL belongs to a directory; an empty one is none.</summary>
    public static Errno AppendDefaultAcl(MetadataCommit commit, ref Node node, in MetadataKey key, ReadOnlySpan<byte> value)
    {
        if (!node.IsDirectory) return Errno.EACCES;
        var error = AccessControlList.Validate(value);
        if (error != Errno.None) return error;
        Keep(commit, ref node, key, value, InodeFlags.HasDefaultAcl, kept: !AccessControlList.IsEmpty(value));
        return Errno.None;
    }

    /// <summary>Makes a change of one attribute: SETXATTR and REMOVEXATTR.</summary>
    public static async ReactorTask<Reply> Apply<TEdit>(Connection connection, Request request, XattrName name, TEdit edit)
        where TEdit : struct, IXattrEdit
    {
        var volume = connection.Volume;
        var inode = connection.Inode(request.Header.NodeId);
        var key = name.Key(inode);
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var result = await volume.ReadRecord(inode);
            if (result.Error != Errno.None) return result.Error;
            using var read = MetadataRead.Rent();
            read.Add(key);
            var error = await volume.Metadata.Get(read);
            if (error != Errno.None) return error;
            using var commit = MetadataCommit.Rent();
            var node = result.Node;
            error = edit.Append(commit, ref node, key, name.Kind, exists: read.Found(0));
            if (error != Errno.None) return error;
            if (commit.MutationCount == 0) return Reply.Done;
            AppendNode(volume, commit, node, request.Reactor.Clock.FileNow());
            connection.RecordOutcome(commit, request, 0);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return Committed(volume, node);
            if (outcome.Error != Errno.None) return outcome.Error;
        }
        return Errno.EAGAIN;
    }

    private static void AppendNode(Volume volume, MetadataCommit commit, in Node node, long nowNs)
    {
        var record = node.Record;
        record.ChangedNs = nowNs;
        if (node.IsRemovedDirectory)
        {
            commit.PutOrphan(volume, node.Inode, record);
            return;
        }
        if (node.IsDirectory) commit.Max(Keys.Counters(node.Inode), DirectoryCounters.ChangedField, nowNs);
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        commit.PutInode(node.Inode, record);
    }

    // A write of an open file must know that there is something to strip.
    private static Reply Committed(Volume volume, in Node node)
    {
        if (volume.OpenInodes.TryGet(node.Inode, out var open)) open.MayHavePrivileges = Privileges.MayHave(node.Record);
        return Reply.Done;
    }

    private static void Keep(
        MetadataCommit commit, ref Node node, in MetadataKey key, ReadOnlySpan<byte> value, InodeFlags flag, bool kept)
    {
        if (kept)
        {
            node.Record.Flags |= InodeFlags.HasXattrs | flag;
            commit.Put(key, value);
        }
        else
        {
            node.Record.Flags &= ~flag;
            commit.Delete(key);
        }
    }
}

/// <summary>What happens to one attribute and, for its sake, to the inode.</summary>
internal interface IXattrEdit
{
    /// <summary>Appends the change; appending nothing is success without one.</summary>
    Errno Append(MetadataCommit commit, ref Node node, in MetadataKey key, XattrKind kind, bool exists);
}
