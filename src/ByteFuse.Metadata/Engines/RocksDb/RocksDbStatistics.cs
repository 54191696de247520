namespace ByteFuse.Metadata.RocksDb;

/// <summary>What a store has done since it was opened.</summary>
public readonly record struct RocksDbStatistics
{
    /// <summary>Commits applied.</summary>
    public long Commits { get; init; }

    /// <summary>Commits refused by a precondition.</summary>
    public long Conflicts { get; init; }

    /// <summary>Records in the commit log; several commits may share one.</summary>
    public long Batches { get; init; }

    /// <summary>Writes to the engine, many commits in each.</summary>
    public long Drains { get; init; }

    /// <summary>Rows that were written to the engine.</summary>
    public long DrainedRows { get; init; }

    /// <summary>Nanoseconds spent in the engine's write.</summary>
    public long WriteNanoseconds { get; init; }

    /// <summary>Calls of Get.</summary>
    public long Gets { get; init; }

    /// <summary>Keys of Get that the row cache did not know.</summary>
    public long EngineReads { get; init; }

    /// <summary>Calls of Scan.</summary>
    public long Scans { get; init; }

    /// <summary>Reads that went to a blocking thread, because they missed the caches and might have had to wait.</summary>
    public long BlockingReads { get; init; }

    /// <summary>Times that commits went to a blocking thread, because the engine would have stalled or read from disk.</summary>
    public long BlockingCommits { get; init; }

    /// <summary>Calls of Sync that had something to wait for.</summary>
    public long Syncs { get; init; }

    /// <summary>Syncs of the log; several calls may share one.</summary>
    public long LogSyncs { get; init; }
}
