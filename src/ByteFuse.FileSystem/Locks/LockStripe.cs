using System.Diagnostics.CodeAnalysis;

namespace ByteFuse.FileSystem;

/// <summary>The files with locks whose numbers fall into one stripe; the object to lock for them.</summary>
internal sealed class LockStripe(LockBudget budget, WaitGraph graph)
{
    // Enough for files that are locked and unlocked in turn; more at once allocate.
    private const int MaximumPooled = 8;

    private readonly Dictionary<ulong, InodeLocks> inodes = [];
    private readonly Stack<InodeLocks> pool = new(MaximumPooled);

    /// <summary>The files, for cold paths.</summary>
    public ulong[] Inodes => [.. inodes.Keys];

    public bool TryGet(ulong inode, [MaybeNullWhen(false)] out InodeLocks locks) => inodes.TryGetValue(inode, out locks);

    public InodeLocks GetOrAdd(ulong inode)
    {
        if (inodes.TryGetValue(inode, out var locks)) return locks;
        if (!pool.TryPop(out locks)) locks = new InodeLocks(budget, graph);
        inodes.Add(inode, locks);
        return locks;
    }

    /// <summary>Forgets a file on which nothing is held or waited for.</summary>
    public void Trim(ulong inode, InodeLocks locks)
    {
        if (!locks.IsEmpty) return;
        inodes.Remove(inode);
        if (pool.Count < MaximumPooled && locks.MayBePooled) pool.Push(locks);
    }
}
