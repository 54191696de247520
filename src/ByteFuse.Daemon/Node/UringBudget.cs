namespace ByteFuse.Daemon;

/// <summary>
/// The memory of io_uring's entries that the mounts of a daemon share (hazard 12: what is pinned is the process's, not a mount's).
/// A mount gets what it asks for, but never more than half of what is left, so that the first ones do not take all of it; when
/// hardly anything is left, mounts get their requests through /dev/fuse.
/// </summary>
public sealed class UringBudget(long bytes)
{
    private readonly Lock gate = new();
    private long left = bytes;

    /// <summary>Bytes that nobody has.</summary>
    public long Left
    {
        get
        {
            lock (gate) return left;
        }
    }

    /// <summary>Takes what a mount may have of what it asks for.</summary>
    public long Take(long asked)
    {
        lock (gate)
        {
            var granted = Math.Clamp(left / 2, 0, asked);
            left -= granted;
            return granted;
        }
    }

    /// <summary>Takes what a mount has that was there before this daemon, whatever is left.</summary>
    public void Inherit(long granted)
    {
        lock (gate) left -= granted;
    }

    /// <summary>Gives some of it back.</summary>
    public void GiveBack(long granted)
    {
        lock (gate) left += granted;
    }
}
