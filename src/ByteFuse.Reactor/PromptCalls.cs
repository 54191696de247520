namespace ByteFuse.Reactor;

/// <summary>
/// Says whether calls that can block, but seldom do for long, are made on the reactor itself: as long as none has lasted long
/// lately. After one that did, they are made elsewhere for a while that is in proportion to it, so that a reactor stands still for
/// a small part of the time at most. Shared by all reactors. Times are nanoseconds.
/// </summary>
/// <param name="lasting">How long a call lasts that has lasted long.</param>
public sealed class PromptCalls(long lasting)
{
    /// <summary>How many times as long as a call lasted others are made elsewhere: a reactor waits for two hundredths of the time.</summary>
    public const int Proportion = 50;

    /// <summary>The longest of these pauses: a disk that answered after a minute may be well again.</summary>
    public const long LongestPause = 10_000_000_000;

    private long pausedUntil = long.MinValue;

    /// <summary>Whether one is to be made now; if so, <see cref="Took"/> follows it.</summary>
    public bool MayBegin(long now) => now >= Volatile.Read(ref pausedUntil);

    /// <summary>A call that began at <paramref name="started"/> has returned.</summary>
    public void Took(long started, long now)
    {
        if (now - started < lasting) return;
        // Reactors that meet here at once each set a pause: either will do.
        Volatile.Write(ref pausedUntil, now + Math.Min(LongestPause, (now - started) * Proportion));
    }
}
