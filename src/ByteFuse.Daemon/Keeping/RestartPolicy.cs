using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>How long a keeper waits before it starts a daemon that has ended again, and when it gives up.</summary>
public sealed class RestartPolicy
{
    /// <summary>The latest ends that are remembered.</summary>
    public const int Remembered = 32;

    private readonly Queue<KeeperRestart> restarts = new();
    private int failures;

    /// <summary>The longest wait. While a mount waits, its applications do: minutes would be an outage.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends after which the next daemon is started at once: a few kills in a row are no loop, and applications wait. A start costs about a
    /// second of CPU time, so that a loop gets no more than so many seconds at a time.
    /// </summary>
    public int PromptRestarts { get; init; } = 10;

    /// <summary>The wait after the first end that is not among <see cref="PromptRestarts"/>, doubled with each that follows.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For each such time that a daemon ran, one end before is forgotten.</summary>
    public TimeSpan Forgetting { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Ends that are not forgotten after which a daemon without mounts is not started again. With mounts, nobody gives up.</summary>
    public int FailuresWithoutMounts { get; init; } = 5;

    /// <summary>How long a daemon of another program may take until it serves; then it is killed, and the one before comes back.</summary>
    public TimeSpan UpgradeDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a process stands by to become the daemon when it dies.</summary>
    public bool StandsBy { get; set; } = true;

    /// <summary>How long after a daemon has come to serve the next one is started to stand by: what waited for it is answered first.</summary>
    public TimeSpan StandbyDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long after one that did not get ready, or ended, the next one is started to stand by.</summary>
    public TimeSpan StandbyRetry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The latest ends, oldest first.</summary>
    public IReadOnlyList<KeeperRestart> Restarts => [.. restarts];

    /// <summary>A daemon has ended. How long to wait before the next one; null for none.</summary>
    /// <param name="end">How.</param>
    /// <param name="now">When.</param>
    /// <param name="lived">How long it had run.</param>
    /// <param name="mounts">Mounts that are kept.</param>
    public TimeSpan? Ended(ChildEnd end, DateTimeOffset now, TimeSpan lived, int mounts)
    {
        // An orderly end, or one that the daemon chose: it cannot start, and has said why.
        if (end.ByExit && mounts == 0) return null;
        Remember(end.ToString(), now, lived);
        failures = failures - (int)Math.Min(lived / Forgetting, failures) + 1;
        failures = Math.Min(failures, PromptRestarts + Remembered);
        if (mounts == 0 && failures >= FailuresWithoutMounts) return null;
        if (failures <= PromptRestarts) return TimeSpan.Zero;
        var doubled = Math.Pow(2, failures - PromptRestarts - 1);
        return TimeSpan.FromMilliseconds(Math.Min(FirstDelay.TotalMilliseconds * doubled, LongestDelay.TotalMilliseconds));
    }

    /// <summary>A daemon has ended for another program, or one of another program that was not serving yet: no wait, and no failure.</summary>
    public void Replaced(string reason, DateTimeOffset now, TimeSpan lived) => Remember(reason, now, lived);

    /// <summary>Goes on with what another keeper remembers.</summary>
    public void Inherit(IEnumerable<KeeperRestart> earlier)
    {
        foreach (var restart in earlier) Remember(restart.Reason, restart.Time, TimeSpan.FromMilliseconds(restart.LivedMs));
    }

    private void Remember(string reason, DateTimeOffset now, TimeSpan lived)
    {
        if (restarts.Count == Remembered) restarts.Dequeue();
        restarts.Enqueue(new KeeperRestart(now, reason, (long)lived.TotalMilliseconds));
    }
}
