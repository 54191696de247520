namespace ByteFuse.FileSystem;

/// <summary>Faults of one reactor that wait to be logged.</summary>
internal sealed class FaultQueue
{
    /// <summary>Faults kept between two looks of the reader, seconds apart: a fault of every request must not fill the memory.</summary>
    public const int Maximum = 64;

    private readonly Lock gate = new();
    private List<string> waiting = [];
    private long surplus;

    /// <summary>Takes a fault in. The lock is held for a moment, on a path that is never taken.</summary>
    public void Add(string fault)
    {
        lock (gate)
        {
            if (waiting.Count < Maximum) waiting.Add(fault);
            else surplus++;
        }
    }

    /// <summary>Takes all of them out; where there were too many, the last line says how many are missing.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (gate)
        {
            if (waiting.Count == 0) return [];
            var taken = waiting;
            if (surplus > 0) taken.Add($"and {surplus} more");
            waiting = [];
            surplus = 0;
            return taken;
        }
    }
}
