namespace ByteFuse.Plot;

/// <summary>What all charts have around their data: heading, legend, the vertical axis, and where the data goes.</summary>
internal sealed class Frame
{
    private const int Margin = 16;
    private const int AxisWidth = 64;
    private const int LegendRow = 20;
    private const int TickDistance = 44;
    private readonly Axis _vertical;

    /// <param name="svg">Where it is drawn.</param>
    /// <param name="heading">The chart's title.</param>
    /// <param name="series">The names in the legend.</param>
    /// <param name="below">Pixels below the data, for what its axis says.</param>
    /// <param name="vertical">The vertical axis.</param>
    /// <param name="values">All values of the vertical axis.</param>
    /// <param name="bars">True where the legend shows squares, false where it shows the marks of lines.</param>
    public Frame(Svg svg, string heading, IReadOnlyList<string> series, double below, Axis vertical, IEnumerable<double> values, bool bars = false)
    {
        _vertical = vertical;
        svg.Text(Margin, 26, heading, "heading", Anchor.Start);
        Top = 52 + Legend(svg, series, bars);
        (Left, Right, Bottom) = (Margin + AxisWidth, svg.Width - (2 * Margin), svg.Height - below);
        Scale = new Scale(vertical, values, Math.Max(2, (int)((Bottom - Top) / TickDistance)));
        DrawAxis(svg);
    }

    public double Left { get; }

    public double Right { get; }

    public double Top { get; }

    public double Bottom { get; }

    public Scale Scale { get; }

    public double Y(double value) => Bottom - (Scale.At(value) * (Bottom - Top));

    // Rows as wide as the picture; the height that they take.
    private static double Legend(Svg svg, IReadOnlyList<string> series, bool bars)
    {
        // One series needs none: the title says what it is.
        if (series.Count < 2)
            return 0;
        double x = Margin, y = 50;
        for (int i = 0; i < series.Count; i++)
        {
            double width = 18 + Svg.WidthOf(series[i]) + 14;
            if (x > Margin && x + width > svg.Width - Margin)
                (x, y) = (Margin, y + LegendRow);
            if (bars)
                svg.Rectangle(x + 1, y - 9, 10, 10, $"fill{Palette.Index(i)}");
            else
                svg.Mark(i, x + 6, y - 4);
            svg.Text(x + 18, y, series[i], anchor: Anchor.Start);
            x += width;
        }
        return y - 50 + LegendRow;
    }

    private void DrawAxis(Svg svg)
    {
        foreach (double tick in Scale.Ticks)
        {
            svg.Line(Left, Y(tick), Right, Y(tick), "grid");
            svg.Text(Left - 8, Y(tick) + 4, AxisText.Of(tick, _vertical.Numbers), anchor: Anchor.End);
        }
        svg.Line(Left, Bottom, Right, Bottom, "axis");
        svg.Text(Margin + 8, (Top + Bottom) / 2, _vertical.Title, upright: true);
    }
}
