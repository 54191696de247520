using ByteFuse.Metadata;

namespace ByteFuse.FileSystem;

/// <summary>
/// What losing a name does to an inode, in unlink, rmdir and a rename over it. An inode that loses its last name becomes
/// an orphan in the same commit, whether or not somebody holds it: nobody counts lookups.
/// </summary>
internal static class LostName
{
    /// <summary>An inode loses a name, a directory its only one.</summary>
    /// <returns>The index of the precondition that fails where it is a directory with names in it; null where none does.</returns>
    public static int? Append(Volume volume, MetadataCommit commit, in Node node, long nowNs)
    {
        if (node.IsDirectory) return AppendDirectory(volume, commit, node, nowNs);
        AppendFile(volume, commit, node, nowNs);
        return null;
    }

    /// <summary>The commit was applied: an orphan is tracked until nobody holds it.</summary>
    public static void Committed(Volume volume, in Node before)
    {
        if (before.IsDirectory || before.Record.LinkCount == 1) volume.Orphans.Add(before.Inode);
    }

    // The link count changes under the inode's version alone.
    private static void AppendFile(Volume volume, MetadataCommit commit, in Node node, long nowNs)
    {
        var record = node.Record;
        record.LinkCount--;
        record.ChangedNs = nowNs;
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        commit.PutInode(node.Inode, record);
        if (record.LinkCount == 0) commit.PutOrphan(volume, node.Inode);
    }

    // Its inode key goes with the same commit, so that a create in it, which requires the key, fails; what is left of it for those
    // who hold it is in the orphan record.
    private static int? AppendDirectory(Volume volume, MetadataCommit commit, in Node node, long nowNs)
    {
        // Every commit that makes a name counts it, so that a count of none is as good as a look at the names, which steps
        // over what was removed lately. Another count is not believed: one that damage left must not keep a directory for ever.
        int? notEmpty = null;
        if (node.Counters.Entries == 0) commit.RequireVersion(Keys.Counters(node.Inode), node.CountersVersion);
        else notEmpty = commit.RequireEmpty(Keys.Dentries(node.Inode));
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        var attributes = node.Record;
        attributes.ModifiedNs = node.Counters.ModifiedNs;
        attributes.ChangedNs = nowNs;
        commit.Delete(Keys.Inode(node.Inode));
        commit.Delete(Keys.Counters(node.Inode));
        commit.PutOrphan(volume, node.Inode, attributes);
        return notEmpty;
    }
}
