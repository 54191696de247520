using System.Numerics;

namespace ByteFuse.Linux;

/// <summary>A set of capabilities, as the kernel writes them: one bit each.</summary>
/// <param name="Bits">Bit n is capability n.</param>
public readonly record struct CapabilitySet(ulong Bits)
{
    /// <summary>The set of these.</summary>
    public static CapabilitySet Of(params ReadOnlySpan<Capability> capabilities)
    {
        var bits = 0ul;
        foreach (var capability in capabilities) bits |= 1ul << (int)capability;
        return new CapabilitySet(bits);
    }

    /// <summary>True where it is in the set.</summary>
    public bool Has(Capability capability) => (Bits >> (int)capability & 1) != 0;

    /// <summary>True where nothing is in it that <paramref name="other"/> has not.</summary>
    public bool IsWithin(CapabilitySet other) => (Bits & ~other.Bits) == 0;

    /// <summary>What is in both.</summary>
    public CapabilitySet And(CapabilitySet other) => new(Bits & other.Bits);

    /// <summary>What is in either.</summary>
    public CapabilitySet Or(CapabilitySet other) => new(Bits | other.Bits);

    /// <summary>The kernel's names; a number where this program knows none.</summary>
    public IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        for (var rest = Bits; rest != 0; rest &= rest - 1) names.Add(((Capability)BitOperations.TrailingZeroCount(rest)).ToString());
        return names;
    }
}
