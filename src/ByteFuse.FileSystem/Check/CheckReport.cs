using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>What a check found.</summary>
public sealed class CheckReport
{
    /// <summary>Problems listed by name; more are only counted, so that a ruined volume does not fill the memory.</summary>
    public const int MaximumListed = 1000;

    private readonly List<string> problems = [];

    /// <summary>Why the check could not be finished; None where it was.</summary>
    public Errno Error { get; internal set; }

    /// <summary>Inodes seen.</summary>
    public long Inodes { get; internal set; }

    /// <summary>Names seen.</summary>
    public long Dentries { get; internal set; }

    /// <summary>Inodes without a name that await their purge; no problem.</summary>
    public long Orphans { get; internal set; }

    /// <summary>Stored files seen.</summary>
    public long StoredFiles { get; internal set; }

    /// <summary>
    /// Of these, those whose inode a crash may have taken back: the next mount removes them, and so did this check where it repairs; no
    /// problem.
    /// </summary>
    public long Strays { get; internal set; }

    /// <summary>Problems found.</summary>
    public long Found { get; private set; }

    /// <summary>Problems mended.</summary>
    public long Repaired { get; private set; }

    /// <summary>One line per problem, the first <see cref="MaximumListed"/> of them.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>True where the volume is in order now.</summary>
    public bool IsClean => Error == Errno.None && Found == Repaired;

    internal void Add(string problem, bool repaired)
    {
        Found++;
        if (repaired) Repaired++;
        if (problems.Count < MaximumListed) problems.Add(repaired ? problem + " (repaired)" : problem);
    }
}

/// <summary>How far a check is.</summary>
/// <param name="Phase">What is being checked, for people.</param>
/// <param name="Done">Keys or files checked in this phase.</param>
public readonly record struct CheckProgress(string Phase, long Done);
