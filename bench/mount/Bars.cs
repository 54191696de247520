namespace ByteFuse.MountBench;

/// <summary>All bars. Without "passthrough" in its name, no target reads or writes files inside the kernel.</summary>
public static class Bars
{
    public static IReadOnlyList<Bar> All { get; } =
    [
        .. Random("tmpfs", depth: 1, "bytefuse-uring", "passthrough_hp-uring", 1.0),
        .. Random("tmpfs", depth: 16, "bytefuse-uring", "passthrough_hp-uring", 1.2),
        .. Sequential("tmpfs", 1, "bytefuse-uring", "passthrough_hp-uring", 1.2),
        .. Sequential("tmpfs", 1, "bytefuse-uring", "bytefuse-classic", 1.0),
        .. new[] { "passthrough_hp", "passthrough_hp-uring" }.SelectMany(OnDisk),
        new("disk", FioJob.Random("read", 16).Name, "bytefuse-uring", "ext4", Sense.AtLeast, 0.85),
        new("disk", FioJob.Random("write", 16).Name, "bytefuse-uring", "ext4", Sense.AtLeast, 0.5),
        .. Random("passthrough", depth: 1, "bytefuse-passthrough", "ext4", 0.9),
        .. Random("passthrough", depth: 16, "bytefuse-passthrough", "ext4", 0.9),
        .. Sequential("passthrough", 1, "bytefuse-passthrough", "ext4", 0.9),
        new("null", Workload.StatName, "bytefuse-uring-uncached", "null_ll-uring", Sense.AtLeast, 1.0),
        new("null", Workload.StatName, "bytefuse-classic-uncached", "null_ll", Sense.AtLeast, 1.0),
        .. new[] { 1, 16 }.SelectMany(ServerTimes),
        .. new[] { "passthrough_hp", "passthrough_hp-uring" }.SelectMany(Trees),
        new("application", Application.Both, "bytefuse", "ext4", Sense.AtMost, 1.3),
        new("application", Application.Both, "bytefuse-uring", "ext4", Sense.AtMost, 1.3),
        .. Sequential("big", 1, "bytefuse-uring", "bytefuse-classic", 1.0, depth: 1),
        .. Sequential("big", 8, "bytefuse-uring-8m", "bytefuse-classic-8m", 1.0),
        new("big", Workload.LatencyName(FioJob.Sequential("write", 1, 1)), "bytefuse-uring", "passthrough_hp", Sense.AtMost, 0.75),
    ];

    /// <summary>Those that these runs decide.</summary>
    public static IReadOnlyList<BarResult> Judge(IReadOnlyCollection<Run> runs) =>
        [.. All.Select(bar => runs.FirstOrDefault(run => run.Name == bar.Run) is Run run ? bar.Judge(run) : null).OfType<BarResult>()];

    private static IEnumerable<Bar> Random(string run, int depth, string target, string peer, double required) =>
        new[] { "read", "write" }.Select(direction => new Bar(run, FioJob.Random(direction, depth).Name, target, peer, Sense.AtLeast, required));

    private static IEnumerable<Bar> Sequential(string run, int mebibytes, string target, string peer, double required, int depth = 4) =>
        new[] { "read", "write" }.Select(direction =>
            new Bar(run, FioJob.Sequential(direction, mebibytes, depth).Name, target, peer, Sense.AtLeast, required));

    private static IEnumerable<Bar> OnDisk(string peer) =>
    [
        .. Random("disk", depth: 1, "bytefuse-uring", peer, 1.0),
        .. Random("disk", depth: 16, "bytefuse-uring", peer, 1.0),
        .. Sequential("disk", 1, "bytefuse-uring", peer, 1.0),
    ];

    private static IEnumerable<Bar> ServerTimes(int depth)
    {
        string figure = Workload.ServerTimeName(FioJob.Random("read", depth));
        yield return new Bar("null", figure, "bytefuse-null-uring", "null_ll-uring", Sense.AtMost, 1.1);
        yield return new Bar("null", figure, "bytefuse-null-classic", "null_ll", Sense.AtMost, 1.1);
    }

    private static IEnumerable<Bar> Trees(string peer) =>
        from bytes in new[] { 0, Tree.FileBytes }
        from phase in new[] { "file create", "file stat", "file read", "file remove" }
        select new Bar("mdtest", Tree.Name(phase, bytes), "bytefuse-uring", peer, Sense.AtLeast, 1.25);
}
