namespace ByteFuse.Testing;

/// <summary>
/// The managed bytes that this thread allocated in the best of several runs of the same work. What each run allocates is in all
/// of them; what the runtime or a growing pool allocates once, at a time of its own, is not.
/// <code>while (windows.Next()) Work(); Assert.Equal(0, windows.Least);</code>
/// </summary>
public sealed class AllocationWindows
{
    /// <summary>Runs before the best of them counts as the work's own.</summary>
    public const int Maximum = 8;

    private long _start;

    /// <summary>Runs begun.</summary>
    public int Count { get; private set; }

    /// <summary>The least that one finished run allocated, in bytes.</summary>
    public long Least { get; private set; } = long.MaxValue;

    /// <summary>Ends the run before, on the same thread, and begins another, unless one allocated nothing or all were made.</summary>
    public bool Next()
    {
        if (Count > 0) Least = Math.Min(Least, GC.GetAllocatedBytesForCurrentThread() - _start);
        if (Least == 0 || Count == Maximum) return false;
        Count++;
        _start = GC.GetAllocatedBytesForCurrentThread();
        return true;
    }
}
