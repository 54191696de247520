using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Access times. The kernel leaves them to the daemon and does not tell of reads from its cache, so relatime is applied
/// at every open for reading and every read that gets here (hazard 7).
/// </summary>
internal static class AccessTime
{
    /// <summary>Updates the access time of an open file if the mount's policy says so. A failure costs nothing but the update.</summary>
    public static ReactorTask<Errno> Touch(Connection connection, CoreReactor reactor, OpenInode open)
    {
        var now = reactor.Clock.FileNow();
        if (!IsDue(connection, now, open.AccessedNs, open.LastChangeNs)) return new ReactorTask<Errno>(Errno.None);
        open.AccessedNs = now;
        return connection.Volume.AccessTimes.Record(connection, open.Inode, now);
    }

    /// <summary>
    /// As <see cref="Touch(Connection, CoreReactor, OpenInode)"/>, for an OPEN, before its answer: the kernel drops the access
    /// time that it has cached after a READ or READDIR (fs/fuse, fuse_invalidate_atime), but not after an OPEN whose reads its
    /// page cache serves.
    /// </summary>
    public static async ReactorTask<Errno> TouchAtOpen(Connection connection, CoreReactor reactor, OpenInode open)
    {
        var before = open.AccessedNs;
        var error = await Touch(connection, reactor, open);
        if (error != Errno.None || open.AccessedNs == before || connection.Notifier is not { } notifier) return error;
        return notifier.InvalidateAttributes(connection.NodeId(open.Inode));
    }

    /// <summary>Updates the access time of a directory or symlink if the mount's policy says so.</summary>
    public static ReactorTask<Errno> Touch(Connection connection, CoreReactor reactor, in Node node)
    {
        var now = reactor.Clock.FileNow();
        var due = !node.IsRemovedDirectory
            && IsDue(connection, now, node.Record.AccessedNs, Math.Max(node.ModifiedNs, node.ChangedNs));
        return due ? connection.Volume.AccessTimes.Record(connection, node.Inode, now) : new ReactorTask<Errno>(Errno.None);
    }

    private static bool IsDue(Connection connection, long now, long accessed, long changed) =>
        !connection.Options.ReadOnly && connection.Options.AccessTime switch
        {
            AccessTimePolicy.Never => false,
            AccessTimePolicy.Strict => accessed != now,
            _ => accessed <= changed || now - accessed >= FileTime.Day,
        };
}
