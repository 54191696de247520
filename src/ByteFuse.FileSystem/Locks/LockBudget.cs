namespace ByteFuse.FileSystem;

/// <summary>Counts the locks of a volume against their bound.</summary>
internal sealed class LockBudget(int maximum)
{
    private int used;

    /// <summary>Locks that are held or about to be.</summary>
    public int Used => Volatile.Read(ref used);

    /// <summary>Reserves room for so many locks; false at the bound.</summary>
    public bool TryReserve(int count)
    {
        if (Interlocked.Add(ref used, count) <= maximum) return true;
        Interlocked.Add(ref used, -count);
        return false;
    }

    /// <summary>Counts what is held already.</summary>
    public void Take(int count) => Interlocked.Add(ref used, count);

    /// <summary>Gives back what was reserved and not needed, or is held no longer.</summary>
    public void Return(int count)
    {
        if (count != 0) Interlocked.Add(ref used, -count);
    }
}
