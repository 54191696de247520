using ByteFuse.Linux;

namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// What an operation returned: a non-negative value or a negated error number, and what else it showed (bytes read, attributes, names).
/// Two file systems agree where outcomes are equal.
/// </summary>
public readonly record struct Outcome(long Value, string Detail = "")
{
    /// <summary>The named descriptor slot holds nothing: no call was made.</summary>
    public static readonly Outcome Nothing = new(0, "empty slot");

    /// <summary>The error, or <see cref="Errno.None"/>.</summary>
    public Errno Error => Value < 0 ? (Errno)(int)-Value : Errno.None;

    /// <summary>An error keeps its number; success counts as 0 (a descriptor's number says nothing).</summary>
    public static Outcome Of(long result) => new(Math.Min(result, 0));

    public override string ToString()
    {
        var value = Value < 0 ? Error.ToString() : Value.ToString();
        return Detail.Length == 0 ? value : $"{value} ({Detail})";
    }
}
