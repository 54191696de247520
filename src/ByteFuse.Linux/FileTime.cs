namespace ByteFuse.Linux;

/// <summary>
/// A file's time in one signed 64-bit number: nanoseconds since <see cref="EpochSeconds"/>, a moment chosen so that the
/// numbers begin where ext4's times begin (13 December 1901) and reach beyond where they end (2446). Nanoseconds since
/// 1970 would end in 2262. The order of the numbers is the order of the times.
/// </summary>
public static class FileTime
{
    /// <summary>Seconds from 1970 to the moment whose number is 0 (in the year 2194).</summary>
    public const long EpochSeconds = long.MaxValue / NanosecondsPerSecond + MinimumSeconds;

    /// <summary>The earliest second that ext4 can hold; earlier ones are clamped to it, as the kernel does for ext4.</summary>
    public const long MinimumSeconds = int.MinValue;

    /// <summary>The latest second that ext4 can hold with 256-byte inodes (EXT4_EXTRA_TIMESTAMP_MAX).</summary>
    public const long MaximumSeconds = (1L << 34) - 1 + MinimumSeconds;

    /// <summary>One day.</summary>
    public const long Day = 24 * 3600 * NanosecondsPerSecond;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>From seconds since 1970 and nanoseconds; at the ends of the range the nanoseconds are dropped (timestamp_truncate in fs/inode.c).</summary>
    public static long From(long seconds, uint nanoseconds)
    {
        if (seconds <= MinimumSeconds) return (MinimumSeconds - EpochSeconds) * NanosecondsPerSecond;
        if (seconds >= MaximumSeconds) return (MaximumSeconds - EpochSeconds) * NanosecondsPerSecond;
        return (seconds - EpochSeconds) * NanosecondsPerSecond + nanoseconds;
    }

    /// <summary>From nanoseconds since 1970, as clocks give them.</summary>
    public static long FromUnixNanoseconds(long time) => time - EpochSeconds * NanosecondsPerSecond;

    /// <summary>Whole seconds since 1970, rounded down.</summary>
    public static long Seconds(long time) => FloorSeconds(time) + EpochSeconds;

    /// <summary>The nanoseconds that belong to <see cref="Seconds"/>, from 0 to 999 999 999.</summary>
    public static uint Nanoseconds(long time) => (uint)(time - FloorSeconds(time) * NanosecondsPerSecond);

    private static long FloorSeconds(long time)
    {
        var seconds = time / NanosecondsPerSecond;
        return time < seconds * NanosecondsPerSecond ? seconds - 1 : seconds;
    }
}
