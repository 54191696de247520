using System.Globalization;

namespace ByteFuse.GrowthBench;

/// <summary>The tables of docs/benchmarks.md, from a run's file: a row for each figure, a column for each size.</summary>
public static class Tables
{
    public static void Print(Document document, TextWriter output)
    {
        foreach (IGrouping<string, Measurement> part in document.Measurements.GroupBy(one => one.Part))
        {
            Measurement[] measured = [.. part];
            output.WriteLine($"| {part.Key} | {string.Join(" | ", measured.Select(one => Size(part.Key, one.Size)))} |");
            output.WriteLine($"|---|{string.Concat(measured.Select(_ => "---|"))}");
            foreach (string name in measured.SelectMany(one => one.Figures.Keys).Distinct())
                output.WriteLine($"| {name} | {string.Join(" | ", measured.Select(one => Cell(one, name)))} |");
            output.WriteLine();
        }
    }

    private static string Size(string part, long size) =>
        part == "bytes" ? Plot.AxisText.Of(size, Plot.AxisNumbers.Bytes) : size.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Cell(Measurement measured, string name)
    {
        if (!measured.Figures.TryGetValue(name, out double value))
            return "";
        // Three digits: more would be noise.
        int decimals = value == 0 || value >= 100 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(value)), 0, 3);
        return value.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }
}
