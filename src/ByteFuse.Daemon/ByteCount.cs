using System.Globalization;

namespace ByteFuse.Daemon;

/// <summary>Sizes as users type them: 4096, 64K, 1M, 2G.</summary>
public static class ByteCount
{
    /// <summary>Parses digits and perhaps a K, M or G, powers of 1024; <paramref name="unit"/> is what a number without one counts.</summary>
    public static bool TryParse(string text, long unit, out long bytes)
    {
        long? named = text.Length == 0 ? null : text[^1] switch
        {
            'K' or 'k' => 1L << 10,
            'M' or 'm' => 1L << 20,
            'G' or 'g' => 1L << 30,
            _ => null,
        };
        var digits = named is null ? text : text[..^1];
        // Of 32 bits, so that the product cannot overflow.
        var valid = uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        bytes = number * (named ?? unit);
        return valid;
    }

    /// <summary>As <see cref="TryParse"/> takes it, in the largest unit that leaves a whole number.</summary>
    public static string Format(long bytes)
    {
        if (bytes == 0) return "0";
        if (bytes % (1L << 30) == 0) return Invariant(bytes >> 30, "G");
        if (bytes % (1L << 20) == 0) return Invariant(bytes >> 20, "M");
        return bytes % (1L << 10) == 0 ? Invariant(bytes >> 10, "K") : Invariant(bytes, "");
    }

    private static string Invariant(long number, string unit) => number.ToString(CultureInfo.InvariantCulture) + unit;
}
