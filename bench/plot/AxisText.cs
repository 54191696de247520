using System.Globalization;

namespace ByteFuse.Plot;

/// <summary>Numbers as short as readers like them, the same in every locale.</summary>
public static class AxisText
{
    private static readonly string[] _decimal = ["", "k", "M", "G", "T", "P"];
    private static readonly string[] _binary = [" B", " KiB", " MiB", " GiB", " TiB", " PiB"];

    /// <summary>The number in three digits and its unit.</summary>
    public static string Of(double value, AxisNumbers numbers) =>
        numbers == AxisNumbers.Bytes ? Scaled(value, 1024, _binary) : Scaled(value, 1000, _decimal);

    private static string Scaled(double value, double step, string[] units)
    {
        int unit = 0;
        for (; Math.Abs(value) >= step && unit < units.Length - 1; unit++)
            value /= step;
        // Three digits say enough: 0.05, 1.25, 12.5, 125.
        double magnitude = Math.Abs(value);
        int decimals = magnitude is 0 or >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 2 - (int)Math.Floor(Math.Log10(magnitude));
        return value.ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture) + units[unit];
    }
}
