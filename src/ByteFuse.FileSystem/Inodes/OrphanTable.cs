namespace ByteFuse.FileSystem;

/// <summary>
/// The inodes of this session that have no name any more. An orphan is purged once it is neither open nor known to the
/// kernel: after its last RELEASE and a FORGET that came after it lost its name (hazard 4). Only orphans are tracked;
/// other lookup counts are not kept, since they would grow with the number of files. A stripe per orphan is not needed:
/// the lock is held for a dictionary access. Bounded by what applications hold open.
/// </summary>
internal sealed class OrphanTable
{
    private readonly Dictionary<ulong, bool> forgotten = [];

    /// <summary>Number of orphans.</summary>
    public int Count
    {
        get
        {
            lock (forgotten) return forgotten.Count;
        }
    }

    /// <summary>True where one of them is not open: its FORGET is to come.</summary>
    public bool AnyClosed(OpenInodeTable open)
    {
        lock (forgotten)
        {
            foreach (var inode in forgotten.Keys)
            {
                if (!open.IsOpen(inode)) return true;
            }
            return false;
        }
    }

    /// <summary>The inode lost its last name.</summary>
    public void Add(ulong inode)
    {
        lock (forgotten) forgotten[inode] = false;
    }

    /// <summary>The inode got a name again (linkat of an O_TMPFILE file).</summary>
    public void Remove(ulong inode)
    {
        lock (forgotten) forgotten.Remove(inode);
    }

    /// <summary>The kernel forgot the inode. True where it is an orphan that is not open: its purge is the caller's now.</summary>
    public bool Forget(ulong inode, OpenInodeTable open)
    {
        lock (forgotten)
        {
            if (forgotten.Count == 0 || !forgotten.ContainsKey(inode)) return false;
            if (!open.IsOpen(inode)) return forgotten.Remove(inode);
            forgotten[inode] = true;
            return false;
        }
    }

    /// <summary>The last open was released. True where the kernel had forgotten the orphan before.</summary>
    public bool Release(ulong inode)
    {
        lock (forgotten)
        {
            return forgotten.Count != 0 && forgotten.TryGetValue(inode, out var wasForgotten) && wasForgotten && forgotten.Remove(inode);
        }
    }

    /// <summary>Takes all orphans out: the session ends.</summary>
    public ulong[] TakeAll()
    {
        lock (forgotten)
        {
            var all = forgotten.Keys.ToArray();
            forgotten.Clear();
            return all;
        }
    }
}
