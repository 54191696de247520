namespace ByteFuse.Linux;

/// <summary>The kernel's clocks in nanoseconds.</summary>
public static unsafe class Clocks
{
    /// <summary>CLOCK_REALTIME, since 1970.</summary>
    public static long RealtimeNanoseconds => Get(0);

    /// <summary>CLOCK_REALTIME_COARSE, since 1970: advances once a tick and is what the kernel stamps files with.</summary>
    public static long RealtimeCoarseNanoseconds => Get(5);

    /// <summary>CLOCK_MONOTONIC: stands still while the machine sleeps.</summary>
    public static long MonotonicNanoseconds => Get(1);

    /// <summary>CLOCK_BOOTTIME: goes on while the machine sleeps, so leases are measured with it.</summary>
    public static long BoottimeNanoseconds => Get(7);

    private static long Get(int clock)
    {
        TimespecLayout time;
        // Fails only for a clock that does not exist.
        LibC.ClockGettime(clock, &time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }
}
