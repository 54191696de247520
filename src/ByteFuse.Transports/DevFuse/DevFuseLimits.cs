using ByteFuse.Protocol;

namespace ByteFuse.Transports.DevFuse;

/// <summary>The bounds of the classic transport (docs/limits.md).</summary>
public static class DevFuseLimits
{
    /// <summary>
    /// Requests that one reactor has in hand at once. A disk of today is busy with 32 in flight; what comes beyond waits in
    /// the kernel, where it costs no buffer and can still be interrupted.
    /// </summary>
    public const int MaximumSlots = 32;

    /// <summary>The fewest slots, however large a request may be: one for each kind of traffic that must not wait for the other.</summary>
    public const int MinimumSlots = 4;

    /// <summary>Bytes that the payloads of one reactor's slots take together, unless <see cref="MinimumSlots"/> need more.</summary>
    public const long PayloadMemoryPerReactor = 32 << 20;

    /// <summary>
    /// The smallest payload of a slot, whatever max_write says: SETXATTR carries 64 KiB of value, a name and its arguments
    /// in one request, and a directory or a GETXATTR may ask for 128 KiB (32 pages, the kernel's default) at once.
    /// </summary>
    public const int MinimumPayload = 128 << 10;

    /// <summary>
    /// Requests read in one turn of the reactor, after which its ring gets its turn: requests that are answered without I/O
    /// would otherwise keep completions waiting as long as the kernel has more of them.
    /// </summary>
    public const int ReadsPerTurn = 32;

    /// <summary>Bytes in a slot's payload for a mount with this max_write.</summary>
    public static int PayloadLength(uint maxWrite)
    {
        var length = Math.Clamp((int)Math.Min(maxWrite, InitPreferences.HighestMaxWrite), MinimumPayload, int.MaxValue);
        return (length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
    }

    /// <summary>Slots of each reactor for a mount with this max_write.</summary>
    public static int SlotsPerReactor(uint maxWrite) =>
        (int)Math.Clamp(PayloadMemoryPerReactor / PayloadLength(maxWrite), MinimumSlots, MaximumSlots);
}
