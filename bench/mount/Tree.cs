using ByteFuse.Cli;

namespace ByteFuse.MountBench;

/// <summary>
/// What `bytefuse mdtest -b 6 -z 4 -I 8 -F` does, in this process, whose code is warm by the second time: a tree of branching 6
/// and depth 4 (1555 directories), 8 files in each (12,440), created, stated, read (open, close) and removed one phase after
/// another by one thread. Paths are made before the clock starts.
/// </summary>
public static class Tree
{
    private static readonly (string Phase, string Operation)[] _phases =
    [
        ("directory create", "Tree creation"),
        ("file create", "File creation"),
        ("file stat", "File stat"),
        ("file read", "File read"),
        ("file remove", "File removal"),
        ("directory remove", "Tree removal"),
    ];

    /// <summary>Runs all phases in a directory, and leaves it as it was; operations per second by the phase's name.</summary>
    public static IEnumerable<(string Phase, double PerSecond)> Run(string directory)
    {
        var options = new MetadataTestOptions { Directory = directory, Branching = 6, Depth = 4, ItemsPerDirectory = 8, Directories = false };
        List<MetadataTestRate> rates = new MetadataTest(options).Run();
        return _phases.Select(phase => (phase.Phase, rates.Single(rate => rate.Operation == phase.Operation).PerSecond));
    }
}
