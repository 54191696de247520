namespace ByteFuse.FileSystem;

/// <summary>
/// The inodes of this session that have no name any more. An orphan is purged once it is neither open nor known to the
/// kernel: after its last RELEASE and a FORGET that came after it lost its name (hazard 4). Only orphans are tracked;
/// other lookup counts are not kept, since they would grow with the number of files. A stripe per orphan is not needed:
/// the lock is held for a dictionary access. Bounded by what applications hold open. An orphan leaves the table for the queue
/// of purges under the lock: who looks for space that is due finds it in one of them.
/// </summary>
internal sealed class OrphanTable(OrphanPurge purges)
{
    private readonly Dictionary<ulong, Orphan> orphans = [];

    /// <summary>Number of orphans.</summary>
    public int Count
    {
        get
        {
            lock (orphans) return orphans.Count;
        }
    }

    /// <summary>True where one of them may go any moment: nobody has waited for it in vain.</summary>
    public bool AnyDue
    {
        get
        {
            lock (orphans)
            {
                foreach (var orphan in orphans.Values)
                {
                    if (!orphan.IsHeld) return true;
                }
                return false;
            }
        }
    }

    /// <summary>The inode lost its last name.</summary>
    public void Add(ulong inode)
    {
        lock (orphans) orphans[inode] = default;
    }

    /// <summary>
    /// An orphan of this session which an earlier daemon made. Whether it is open nobody needs to know: the kernel sends no FORGET
    /// of an inode that is. A FORGET that died with the daemon keeps it until the session ends.
    /// </summary>
    public void Inherit(ulong inode) => Add(inode);

    /// <summary>The inode got a name again (linkat of an O_TMPFILE file).</summary>
    public void Remove(ulong inode)
    {
        lock (orphans) orphans.Remove(inode);
    }

    /// <summary>Somebody has waited for all of them long enough: those that are left are held by an open or a mapping.</summary>
    public void MarkHeld()
    {
        lock (orphans)
        {
            // Values of keys that are there: the enumeration stays valid.
            foreach (var inode in orphans.Keys) orphans[inode] = orphans[inode] with { IsHeld = true };
        }
    }

    /// <summary>The kernel forgot the inode: an orphan that is not open is purged.</summary>
    public void Forget(ulong inode, OpenInodeTable open)
    {
        lock (orphans)
        {
            if (orphans.Count == 0 || !orphans.TryGetValue(inode, out var orphan)) return;
            if (open.IsOpen(inode)) orphans[inode] = orphan with { IsForgotten = true };
            else Purge(inode);
        }
    }

    /// <summary>The last open was released: an orphan that the kernel had forgotten before is purged, the FORGET of others is due.</summary>
    public void Release(ulong inode)
    {
        lock (orphans)
        {
            if (orphans.Count == 0 || !orphans.TryGetValue(inode, out var orphan)) return;
            if (orphan.IsForgotten) Purge(inode);
            else orphans[inode] = orphan with { IsHeld = false };
        }
    }

    /// <summary>The session ends: all orphans are purged.</summary>
    public void PurgeAll()
    {
        lock (orphans)
        {
            foreach (var inode in orphans.Keys.ToArray()) Purge(inode);
        }
    }

    private void Purge(ulong inode)
    {
        purges.Add(inode);
        orphans.Remove(inode);
    }

    /// <param name="IsForgotten">The kernel forgot it while it was open.</param>
    /// <param name="IsHeld">Somebody waited for it in vain.</param>
    private readonly record struct Orphan(bool IsForgotten, bool IsHeld);
}
