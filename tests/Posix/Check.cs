namespace ByteFuse.PosixSuite;

/// <summary>One check: what it asserts, in words, and how. It runs in an empty folder that is its working folder.</summary>
internal sealed record Check(string Name, Action<CheckFolder> Body)
{
    /// <summary>Why the kernel, not the file system, answers differently on FUSE. Null for nearly all.</summary>
    public string? ExcludedOnFuse { get; init; }
}

/// <summary>The checks of one topic.</summary>
internal sealed record CheckGroup(string Topic, IReadOnlyList<Check> Checks);
