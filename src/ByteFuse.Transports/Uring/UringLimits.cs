namespace ByteFuse.Transports.Uring;

/// <summary>The bounds of FUSE-over-io_uring (docs/limits.md).</summary>
public static class UringLimits
{
    /// <summary>Bytes that the payloads of a mount's entries take together once all of them have been used.</summary>
    public const long DefaultMemory = 256 << 20;

    /// <summary>The least memory that can be asked for: <see cref="MinimumDepth"/> smallest payloads for one CPU.</summary>
    public const long MinimumMemory = MinimumDepth * MinimumPayload;

    /// <summary>The most memory that can be asked for: every possible CPU of a large machine with 32 payloads of 8 MiB.</summary>
    public const long MaximumMemory = 256L << 30;

    /// <summary>Requests that one CPU's queue has in hand at once, as the slots of the classic transport.</summary>
    public const int MaximumDepth = 32;

    /// <summary>
    /// The depth below which payloads are made smaller instead: one thread with asynchronous I/O sits on one CPU, and a
    /// storage device needs several requests at once.
    /// </summary>
    public const int PreferredDepth = 8;

    /// <summary>The fewest entries of a queue: one for each kind of traffic that must not wait for the other.</summary>
    public const int MinimumDepth = 4;

    /// <summary>
    /// The smallest payload. A SETXATTR carries 64 KiB of value and its name, directories are listed in up to 32 pages; the
    /// kernel itself demands max_pages and at least 8 KiB.
    /// </summary>
    public const int MinimumPayload = 128 << 10;

    /// <summary>
    /// Bytes from which on a request is answered by a system call of its own: what that costs (less than a microsecond) is nothing
    /// beside moving so many, and later they would have left the CPU's caches.
    /// </summary>
    public const int PromptLength = 64 << 10;

    /// <summary>
    /// Requests that wait behind one that is shorter than <see cref="PromptLength"/> before it is lent to another reactor: waking
    /// that one takes as long as serving some three of them.
    /// </summary>
    public const int LendFrom = 4;

    /// <summary>
    /// Looks for entries of an ended mount that the kernel has yet to give back, and the time between two: ten seconds, of which it
    /// needs milliseconds. Where it keeps one, the memory of the entries stays mapped until the process ends.
    /// </summary>
    internal const int ReleaseLooks = 2000;

    /// <summary>See <see cref="ReleaseLooks"/>.</summary>
    internal static readonly TimeSpan ReleasePause = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Entries that may be registered beside those of the budget, over all queues, so that parked requests leave as many to
    /// serve with: one for each request that can be parked. Address space alone, until so many requests are served at once.
    /// </summary>
    public const int MaximumSpares = 1 << 14;

    /// <summary>As many reactors may be taking one of them in one moment.</summary>
    public const int SparesTakenAtOnce = 64;
}
