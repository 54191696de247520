using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>The kernel's clocks.</summary>
public sealed class SystemClock : IClock
{
    /// <summary>The one instance.</summary>
    public static SystemClock Instance { get; } = new();

    private SystemClock()
    {
    }

    public long RealtimeNanoseconds => Clocks.RealtimeCoarseNanoseconds;

    public long MonotonicNanoseconds => Clocks.MonotonicNanoseconds;
}
