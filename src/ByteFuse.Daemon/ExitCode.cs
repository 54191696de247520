namespace ByteFuse.Daemon;

/// <summary>How `bytefuse` ends; the numbers are documented in docs/cli.md and do not change.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>It could not be done: the line on stderr says why.</summary>
    Failure = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>Somebody else has it: the store is held by a daemon, the mount is in use.</summary>
    Busy = 3,

    /// <summary>The volume is damaged.</summary>
    Corrupt = 4,

    /// <summary>The volume was written by a newer version.</summary>
    NewerFormat = 5,
}
