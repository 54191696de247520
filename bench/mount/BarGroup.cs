namespace ByteFuse.MountBench;

/// <summary>A run of its own that decides some bars: a few minutes each, so that they can be repeated one by one.</summary>
public sealed record BarGroup(string Name, StoreKind Store, IReadOnlyList<string> Targets, IReadOnlyList<Workload> Workloads)
{
    private static readonly FioJob[] Small =
        [FioJob.Random("read", 1), FioJob.Random("write", 1), FioJob.Random("read", 16), FioJob.Random("write", 16)];

    private static readonly FioJob[] OneMebibyte = [FioJob.Sequential("read", 1, 4), FioJob.Sequential("write", 1, 4)];

    public static string[] Names { get; } = ["tmpfs", "disk", "passthrough", "null", "mdtest", "application", "big"];

    public static BarGroup Named(string name) => name switch
    {
        "tmpfs" => new(name, StoreKind.Tmpfs, ["passthrough_hp-uring", "passthrough_hp", "bytefuse-classic", "bytefuse-uring"], Fio([.. Small, .. OneMebibyte])),
        "disk" => new(name, StoreKind.Disk, ["ext4", "passthrough_hp", "passthrough_hp-uring", "bytefuse-uring"], Fio([.. Small, .. OneMebibyte])),
        "passthrough" => new(name, StoreKind.Disk, ["ext4", "passthrough_hp-passthrough", "bytefuse-passthrough"], Fio([.. Small, .. OneMebibyte])),
        "null" => Null(name),
        "mdtest" => new(name, StoreKind.Disk, ["passthrough_hp", "passthrough_hp-uring", "bytefuse-uring"], [Workload.OfTree(0), Workload.OfTree(Tree.FileBytes)]),
        "application" => new(name, StoreKind.Disk, ["ext4", "passthrough_hp", "bytefuse-uring", "bytefuse"], [Workload.OfApplication()]),
        "big" => new(name, StoreKind.Tmpfs,
            ["passthrough_hp", "passthrough_hp-uring", "bytefuse-classic", "bytefuse-uring", "bytefuse-classic-8m", "bytefuse-uring-8m"],
            Fio([FioJob.Sequential("read", 1, 1), FioJob.Sequential("write", 1, 1), FioJob.Sequential("read", 8, 4), FioJob.Sequential("write", 8, 4)])),
        _ => throw new ArgumentException($"no group {name}"),
    };

    private static Workload[] Fio(IEnumerable<FioJob> jobs) => [.. jobs.Select(job => Workload.OfFio(job))];

    private static BarGroup Null(string name)
    {
        string[] servers = ["null_ll", "null_ll-uring", "bytefuse-null-classic", "bytefuse-null-uring"];
        // f0 is there on all of them once stat has run.
        Workload[] reads = [.. new[] { 1, 16 }.Select(depth => Workload.OfFio(FioJob.Random("read", depth), "f0") with { Targets = servers })];
        return new(name, StoreKind.Tmpfs, [.. servers, "bytefuse-classic-uncached", "bytefuse-uring-uncached"], [Workload.OfStat(), .. reads]);
    }
}
