namespace ByteFuse.Reactor;

/// <summary>Time, as a seam for simulation.</summary>
public interface IClock
{
    /// <summary>Since 1970, from the coarse clock that the kernel stamps files with, so that both agree.</summary>
    long RealtimeNanoseconds { get; }

    /// <summary>Since some start; never goes back.</summary>
    long MonotonicNanoseconds { get; }
}
