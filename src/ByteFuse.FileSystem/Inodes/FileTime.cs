namespace ByteFuse.FileSystem;

/// <summary>Times as nanoseconds since 1970, signed.</summary>
internal static class FileTime
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What one day of relatime is.</summary>
    public const long DayNs = 24 * 3600 * NanosecondsPerSecond;

    /// <summary>Whole seconds, rounded down.</summary>
    public static long Seconds(long time) => Math.DivRem(time, NanosecondsPerSecond) is var (seconds, rest) && rest < 0 ? seconds - 1 : seconds;

    /// <summary>The nanoseconds that belong to <see cref="Seconds"/>, from 0 to 999 999 999.</summary>
    public static uint Nanoseconds(long time) => (uint)(time - Seconds(time) * NanosecondsPerSecond);

    /// <summary>From seconds and nanoseconds; times outside 1677 to 2262 are clamped, as a file system with narrower times does.</summary>
    public static long From(long seconds, uint nanoseconds)
    {
        const long limit = long.MaxValue / NanosecondsPerSecond - 1;
        seconds = Math.Clamp(seconds, -limit, limit);
        return seconds * NanosecondsPerSecond + nanoseconds;
    }
}
