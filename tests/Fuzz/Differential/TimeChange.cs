using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>What utimensat does to one of the two times: sets it to a value, to now, or leaves it.</summary>
public readonly record struct TimeChange(long Seconds, long Nanoseconds)
{
    public static readonly TimeChange Now = new(0, Abi.UTIME_NOW);

    public static readonly TimeChange Omit = new(0, Abi.UTIME_OMIT);

    /// <summary>
    /// Before 1970, around it, beyond 32 bits of seconds, with and without nanoseconds: all within what ext4 with 256-byte inodes
    /// stores (1901 to 2446); file systems clamp differently past that.
    /// </summary>
    public static readonly TimeChange[] Choices =
    [
        Now, Omit, new(0, 0), new(1, 1), new(-1, 500_000_000), new(-2_000_000_000, 1), new(123_456_789, 987_654_321),
        new(999_999_999, 999_999_999), new(4_102_444_800, 5), new(10_000_000_000, 0),
    ];

    public override string ToString() =>
        Nanoseconds == Abi.UTIME_NOW ? "UTIME_NOW" : Nanoseconds == Abi.UTIME_OMIT ? "UTIME_OMIT" : $"{Seconds}.{Nanoseconds:D9}";
}
