namespace ByteFuse.FileSystem;

/// <summary>The locks on one file.</summary>
internal sealed class InodeLocks(LockBudget budget, WaitGraph graph)
{
    // Objects with longer lists are left to the collector: a pool must not keep the memory of a peak.
    private const int MaximumPooledCapacity = 64;

    private readonly LockSpace ranges = new(budget, graph);
    private readonly LockSpace flocks = new(budget, null);

    public bool IsEmpty => ranges.IsEmpty && flocks.IsEmpty;

    public bool MayBePooled => ranges.Capacity <= MaximumPooledCapacity && flocks.Capacity <= MaximumPooledCapacity;

    public LockSpace Of(bool isFlock) => isFlock ? flocks : ranges;
}
