namespace ByteFuse.Plot;

/// <summary>A line: its name in the legend and its points, in the order of x.</summary>
public sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Lines over one horizontal axis. Points that a logarithmic axis cannot show are left out.</summary>
/// <param name="Title">Above the chart, and its accessible name.</param>
/// <param name="Description">What somebody learns who cannot see it.</param>
public sealed record LineChart(string Title, string Description, Axis Horizontal, Axis Vertical, IReadOnlyList<Line> Lines)
{
    /// <summary>Size in pixels.</summary>
    public int Width { get; init; } = 760;

    /// <summary>Size in pixels.</summary>
    public int Height { get; init; } = 400;

    /// <summary>The picture as an SVG document.</summary>
    public string ToSvg()
    {
        var svg = new Svg(Width, Height, Title, Description);
        var frame = new Frame(svg, Title, [.. Lines.Select(line => line.Name)], 56, Vertical, Lines.SelectMany(line => line.Points).Select(point => point.Y));
        var scale = new Scale(Horizontal, Lines.SelectMany(line => line.Points).Select(point => point.X), 10, snug: Horizontal.Scale != AxisScale.Linear);
        double X(double value) => frame.Left + (scale.At(value) * (frame.Right - frame.Left));
        foreach (double tick in scale.Ticks)
        {
            svg.Line(X(tick), frame.Top, X(tick), frame.Bottom, "grid");
            svg.Text(X(tick), frame.Bottom + 18, AxisText.Of(tick, Horizontal.Numbers));
        }
        svg.Text((frame.Left + frame.Right) / 2, frame.Bottom + 42, Horizontal.Title);
        for (int i = 0; i < Lines.Count; i++)
        {
            (double X, double Y)[] shown = [.. Lines[i].Points.Where(point => scale.CanShow(point.X) && frame.Scale.CanShow(point.Y))];
            svg.Polyline(shown.Select(point => (X(point.X), frame.Y(point.Y))), $"line{Palette.Index(i)}");
            foreach ((double x, double y) in shown)
            {
                string tooltip = $"{Lines[i].Name}: {AxisText.Of(y, Vertical.Numbers)} at {AxisText.Of(x, Horizontal.Numbers)}";
                svg.Mark(i, X(x), frame.Y(y), tooltip);
            }
        }
        return svg.ToString();
    }
}
