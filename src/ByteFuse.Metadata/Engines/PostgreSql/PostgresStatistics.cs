namespace ByteFuse.Metadata.PostgreSql;

/// <summary>What a store has done since it was opened.</summary>
/// <param name="Commits">Commits that were asked for.</param>
/// <param name="CommitRoundTrips">Batches of commits that were sent, those sent again included.</param>
/// <param name="Reads">Reads and scans that were asked for.</param>
/// <param name="ReadRoundTrips">Batches of reads that were sent, those sent again included.</param>
public readonly record struct PostgresStatistics(long Commits, long CommitRoundTrips, long Reads, long ReadRoundTrips);
