using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>One of the two file systems: a fresh tree with a root for each lane, removed at the end.</summary>
public sealed class Side : IDisposable
{
    private readonly Scratch scratch;
    private readonly Lane[] lanes;

    /// <summary>Makes the tree below <paramref name="folder"/> with <paramref name="laneCount"/> concurrent lanes and a shared one.</summary>
    public Side(string folder, int laneCount)
    {
        scratch = new Scratch(folder, "fuzz-");
        Sys.Chmod(Root, 0x1FF);
        StartSeconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        lanes = new Lane[laneCount + 1];
        for (var lane = 0; lane <= laneCount; lane++)
        {
            lanes[lane] = new Lane(this);
            MakeWritable(Path.GetDirectoryName(Sequence.RootOf(lane))!);
            MakeWritable(Sequence.RootOf(lane));
        }
    }

    /// <summary>Absolute path of the tree.</summary>
    public string Root => scratch.Path;

    /// <summary>When the tree was made, in seconds since 1970: times from here on count as "now".</summary>
    public long StartSeconds { get; }

    /// <summary>
    /// Runs one round's operations (ordered by lane): lanes concurrently, then the shared lane. Outcomes come in the order of the operations.
    /// </summary>
    public Outcome[] RunRound(IReadOnlyList<Operation> operations)
    {
        var outcomes = new Outcome[operations.Count];
        var shared = lanes.Length - 1;
        var threads = new List<TaskThread>();
        for (var lane = 0; lane < shared; lane++)
        {
            var issuer = lane;
            if (operations.Any(operation => operation.Lane == issuer))
                threads.Add(TaskThread.Start(() => RunLane(issuer, operations, outcomes)));
        }
        threads.ForEach(thread => thread.Join());
        TaskThread.Run(() => RunLane(shared, operations, outcomes));
        return outcomes;
    }

    /// <summary>Closes what the operations left open.</summary>
    public void CloseAll()
    {
        foreach (var lane in lanes)
            lane.CloseAll();
    }

    public void Dispose()
    {
        foreach (var lane in lanes)
            lane.Dispose();
        scratch.Dispose();
    }

    private void RunLane(int lane, IReadOnlyList<Operation> operations, Outcome[] outcomes)
    {
        lanes[lane].EnterThread();
        for (var index = 0; index < operations.Count; index++)
        {
            if (operations[index].Lane == lane)
                outcomes[index] = lanes[lane].Perform(operations[index]);
        }
    }

    private void MakeWritable(string path)
    {
        var made = Sys.Mkdir($"{Root}/{path}");
        if (made < 0)
            throw new IOException($"mkdir {Root}/{path}: {Abi.ErrnoName(made)}");
        Sys.Chmod($"{Root}/{path}", 0x1FF);
    }
}
