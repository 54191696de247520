namespace ByteFuse.Plot;

/// <summary>Bars of one colour: their name in the legend and a value for each group, null where there is none.</summary>
public sealed record Bars(string Name, IReadOnlyList<double?> Values);

/// <summary>Groups of bars beside each other, one bar of each series in each group, with its value above it.</summary>
/// <param name="Title">Above the chart, and its accessible name.</param>
/// <param name="Description">What somebody learns who cannot see it.</param>
public sealed record BarChart(string Title, string Description, IReadOnlyList<string> Groups, Axis Vertical, IReadOnlyList<Bars> Series)
{
    private const double LineHeight = 15;

    // A value of three digits and a unit lies flat on a bar of this width; on narrower ones it stands.
    private const double FlatValue = 30;

    /// <summary>Size in pixels.</summary>
    public int Width { get; init; } = 760;

    /// <summary>Size in pixels.</summary>
    public int Height { get; init; } = 400;

    /// <summary>The picture as an SVG document.</summary>
    public string ToSvg()
    {
        var svg = new Svg(Width, Height, Title, Description);
        double groupWidth = (Width - 112.0) / Math.Max(1, Groups.Count);
        List<string>[] labels = [.. Groups.Select(group => Wrapped(group, groupWidth - 8))];
        double below = 16 + (LineHeight * labels.Select(lines => lines.Count).DefaultIfEmpty(0).Max());
        double[] values = [.. Series.SelectMany(bars => bars.Values).OfType<double>()];
        double barWidth = groupWidth * 0.8 / Math.Max(1, Series.Count);
        // Room for the highest bar's value above it.
        values = [.. values, values.DefaultIfEmpty(1).Max() * 1.08];
        var frame = new Frame(svg, Title, [.. Series.Select(bars => bars.Name)], below, Vertical, values, bars: true);
        for (int group = 0; group < Groups.Count; group++)
        {
            double left = frame.Left + (((frame.Right - frame.Left) / Groups.Count) * group);
            double center = left + ((frame.Right - frame.Left) / Groups.Count / 2);
            for (int line = 0; line < labels[group].Count; line++)
                svg.Text(center, frame.Bottom + 18 + (LineHeight * line), labels[group][line]);
            for (int i = 0; i < Series.Count; i++)
            {
                if (group < Series[i].Values.Count && Series[i].Values[group] is double value && frame.Scale.CanShow(value))
                    Bar(svg, frame, i, center + ((i - (Series.Count / 2.0)) * barWidth), barWidth, value, $"{Groups[group]}, {Series[i].Name}");
            }
        }
        return svg.ToString();
    }

    private void Bar(Svg svg, Frame frame, int series, double x, double width, double value, string name)
    {
        string text = AxisText.Of(value, Vertical.Numbers);
        double y = frame.Y(value), center = x + (width / 2);
        svg.Rectangle(x + 1, y, Math.Max(1, width - 2), frame.Bottom - y, $"fill{Palette.Index(series)}", $"{name}: {text}");
        if (width >= FlatValue)
            svg.Text(center, y - 4, text, "value");
        else
            svg.Text(center + 3.5, y - 4, text, "value", Anchor.Start, upright: true);
    }

    private static List<string> Wrapped(string text, double width)
    {
        List<string> lines = [""];
        foreach (string word in text.Split(' '))
        {
            if (lines[^1].Length > 0 && Svg.WidthOf($"{lines[^1]} {word}") > width)
                lines.Add(word);
            else
                lines[^1] = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
        }
        return lines;
    }
}
