namespace ByteFuse.Cli;

/// <summary>What a metadata test does; the letters are mdtest's.</summary>
internal sealed record MetadataTestOptions
{
    /// <summary>Where its tree is made (-d).</summary>
    public required string Directory { get; init; }

    /// <summary>Subdirectories of each directory of the tree (-b).</summary>
    public int Branching { get; init; } = 1;

    /// <summary>Levels below the root of the tree (-z).</summary>
    public int Depth { get; init; }

    /// <summary>Files, and directories, in each directory of the tree and for each task (-I).</summary>
    public int ItemsPerDirectory { get; init; }

    /// <summary>Only the lowest directories of the tree get items (-L).</summary>
    public bool LeavesOnly { get; init; }

    /// <summary>Repetitions of everything (-i).</summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Threads that work at once, as mpirun -n starts processes.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>A tree for each task (-u).</summary>
    public bool TreePerTask { get; init; }

    /// <summary>Test files (not with -D).</summary>
    public bool Files { get; init; } = true;

    /// <summary>Test directories (not with -F).</summary>
    public bool Directories { get; init; } = true;

    /// <summary>Bytes written to a file when it is made (-w).</summary>
    public int WriteBytes { get; init; }

    /// <summary>Bytes read from a file (-e).</summary>
    public int ReadBytes { get; init; }

    /// <summary>Directories of a tree.</summary>
    public long TreeDirectories => Levels(0);

    /// <summary>Directories of a tree that get items.</summary>
    public long ItemDirectories => Levels(LeavesOnly ? Depth : 0);

    /// <summary>Files, or directories, of one task.</summary>
    public long ItemsPerTask => ItemDirectories * ItemsPerDirectory;

    private long Levels(int first)
    {
        long count = 0, level = 1;
        for (var depth = 0; depth <= Depth; depth++, level *= Branching)
        {
            if (depth >= first) count += level;
        }
        return count;
    }
}
