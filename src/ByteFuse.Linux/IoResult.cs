namespace ByteFuse.Linux;

/// <summary>
/// What a system call or an io_uring completion returned: a non-negative value, or an error.
/// Holds the kernel's own convention (negative errno) in one word.
/// </summary>
public readonly struct IoResult : IEquatable<IoResult>
{
    private readonly long raw;

    private IoResult(long raw) => this.raw = raw;

    /// <summary>True where the call succeeded.</summary>
    public bool Succeeded => raw >= 0;

    /// <summary>The error, or <see cref="Errno.None"/>.</summary>
    public Errno Error => raw < 0 ? (Errno)(int)-raw : Errno.None;

    /// <summary>The value as an int (a byte count or a descriptor); only meaningful where the call succeeded.</summary>
    public int Value => checked((int)raw);

    /// <summary>The value as a long (an offset); only meaningful where the call succeeded.</summary>
    public long LongValue => raw;

    /// <summary>Wraps a raw kernel result: negative values are negated error numbers.</summary>
    public static IoResult FromRaw(long result) => new(result);

    /// <summary>Wraps an error; <paramref name="error"/> is not <see cref="Errno.None"/>.</summary>
    public static IoResult FromError(Errno error) => new(-(long)error);

    /// <summary>Wraps a successful value of 0 or more.</summary>
    public static IoResult FromValue(long value) => new(value);

    public bool Equals(IoResult other) => raw == other.raw;

    public override bool Equals(object? obj) => obj is IoResult other && Equals(other);

    public override int GetHashCode() => raw.GetHashCode();

    public static bool operator ==(IoResult left, IoResult right) => left.Equals(right);

    public static bool operator !=(IoResult left, IoResult right) => !left.Equals(right);

    public override string ToString() => Succeeded ? raw.ToString() : Error.ToString();
}
