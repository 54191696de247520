using ByteFuse.Linux;
using ByteFuse.Metadata;

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

    /// <summary>Appends the changed record with its new ctime.</summary>
    public static void AppendNode(Volume volume, MetadataCommit commit, in Node node, long nowNs)
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

    /// <summary>The commit was applied: a write of an open file must know that there is something to strip.</summary>
    public static Errno Committed(Volume volume, in Node node)
    {
        if (volume.OpenInodes.TryGet(node.Inode, out var open)) open.MayHavePrivileges = Privileges.MayHave(node.Record);
        return Errno.None;
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
