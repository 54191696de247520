using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>The present, as a file's time.</summary>
internal static class ClockTime
{
    public static long FileNow(this IClock clock) => FileTime.FromUnixNanoseconds(clock.RealtimeNanoseconds);
}
