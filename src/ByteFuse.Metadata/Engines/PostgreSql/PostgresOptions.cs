namespace ByteFuse.Metadata.PostgreSql;

/// <summary>Where a volume's metadata is, and how it is used.</summary>
public sealed record PostgresOptions
{
    /// <summary>Default of <see cref="Patience"/>.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);

    /// <summary>The address.</summary>
    public required PostgresUrl Url { get; init; }

    /// <summary>How long a call waits for a server that is away before it fails with EIO.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>How long the opening waits for a server that is away; by default it fails at once.</summary>
    public TimeSpan OpeningPatience { get; init; }

    /// <summary>
    /// Nobody else may commit from the opening on, whoever had the volume open before: for volumes that one daemon has at a time. What
    /// an earlier one had sent has been executed then, or never will be.
    /// </summary>
    public bool FencesOthers { get; init; }

    /// <summary>Bound of the cache of rows that a volume which one daemon has at a time gets, in bytes; rounded up to a power of two.</summary>
    public long RowCacheBytes { get; init; } = 32 << 20;

    /// <summary>Takes lines for the log: a server that is away, or back, or refused. Called from any thread.</summary>
    public Action<string>? Log { get; init; }
}
