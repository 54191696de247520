using ByteFuse.Cli;

namespace ByteFuse.MountBench;

/// <summary>
/// What `bytefuse mdtest -b 6 -z 4 -I 8 -F` does (with -w BYTES -e BYTES where files have bytes), in this process, whose code is
/// warm by the second time: a tree of branching 6 and depth 4 (1555 directories), 8 files in each (12,440), created, stated, read
/// and removed one phase after another by one thread. Paths are made before the clock starts.
/// </summary>
public static class Tree
{
    /// <summary>What files have that have bytes: a page.</summary>
    public const int FileBytes = 4096;

    private static readonly (string Phase, string Operation)[] _phases =
    [
        ("directory create", "Tree creation"),
        ("file create", "File creation"),
        ("file stat", "File stat"),
        ("file read", "File read"),
        ("file remove", "File removal"),
        ("directory remove", "Tree removal"),
    ];

    /// <summary>How a phase's figure is called.</summary>
    public static string Name(string phase, int bytes) => bytes == 0 ? phase : $"{phase}, {bytes >> 10} KiB files";

    /// <summary>Runs all phases in a directory, and leaves it as it was.</summary>
    public static IEnumerable<Value> Run(string directory, int bytes = 0)
    {
        var options = new MetadataTestOptions
        {
            Directory = directory,
            Branching = 6,
            Depth = 4,
            ItemsPerDirectory = 8,
            Directories = false,
            WriteBytes = bytes,
            ReadBytes = bytes,
        };
        List<MetadataTestRate> rates = new MetadataTest(options).Run();
        return _phases.Select(phase => new Value(Name(phase.Phase, bytes), "op/s", rates.Single(rate => rate.Operation == phase.Operation).PerSecond));
    }
}
