namespace ByteFuse.Metadata.PostgreSql;

/// <summary>Pauses between tries of a server that is away: doubled, and of a random part, as not all nodes shall come at the same moment.</summary>
internal struct Backoff()
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private TimeSpan pause = First;

    /// <summary>The pause before the next try.</summary>
    public TimeSpan Next()
    {
        var next = pause * (0.5 + Random.Shared.NextDouble());
        pause = pause * 2 < Longest ? pause * 2 : Longest;
        return next;
    }
}
