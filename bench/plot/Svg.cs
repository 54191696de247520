using System.Globalization;
using System.Net;
using System.Text;

namespace ByteFuse.Plot;

/// <summary>Which way a text extends from its place.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>
/// Collects the elements of one picture. The same data gives the same bytes: pictures live in a repository. Colours are classes of
/// one style sheet with a light and a dark half; the background is painted, as the page around may be of either kind.
/// </summary>
internal sealed class Svg(int width, int height, string title, string description)
{
    private readonly StringBuilder _elements = new();

    public int Width => width;

    public int Height => height;

    public void Line(double x1, double y1, double x2, double y2, string kind) =>
        Element($"""<line class="{kind}" x1="{N(x1)}" y1="{N(y1)}" x2="{N(x2)}" y2="{N(y2)}"/>""");

    public void Rectangle(double x, double y, double w, double h, string kind, string tooltip = "") =>
        Element(Told($"""<rect class="{kind}" x="{N(x)}" y="{N(y)}" width="{N(w)}" height="{N(h)}" """.TrimEnd(), "rect", tooltip));

    public void Polyline(IEnumerable<(double X, double Y)> points, string kind) =>
        Element($"""<polyline class="{kind}" points="{string.Join(' ', points.Select(point => $"{N(point.X)},{N(point.Y)}"))}"/>""");

    /// <summary>A mark of one of four shapes, so that series can be told apart without their colours.</summary>
    public void Mark(int series, double x, double y, string tooltip = "")
    {
        const double R = 4;
        string kind = $"fill{Palette.Index(series)}";
        Element(Told(
            (series % 4) switch
            {
                0 => $"""<circle class="{kind}" cx="{N(x)}" cy="{N(y)}" r="{N(R)}" """.TrimEnd(),
                1 => $"""<path class="{kind}" d="M{N(x - R)},{N(y - R)}h{N(2 * R)}v{N(2 * R)}h{N(-2 * R)}z" """.TrimEnd(),
                2 => $"""<path class="{kind}" d="M{N(x)},{N(y - R - 1)}l{N(R + 1)},{N((2 * R) + 1)}h{N(-2 * (R + 1))}z" """.TrimEnd(),
                _ => $"""<path class="{kind}" d="M{N(x)},{N(y - R - 1)}l{N(R + 1)},{N(R + 1)}l{N(-R - 1)},{N(R + 1)}l{N(-R - 1)},{N(-R - 1)}z" """.TrimEnd(),
            },
            series % 4 == 0 ? "circle" : "path",
            tooltip));
    }

    public void Text(double x, double y, string text, string kind = "label", Anchor anchor = Anchor.Middle, bool upright = false)
    {
        string turned = upright ? $""" transform="rotate(-90 {N(x)} {N(y)})" """.TrimEnd() : "";
        string place = anchor switch { Anchor.Start => "start", Anchor.Middle => "middle", _ => "end" };
        Element($"""<text class="{kind}" x="{N(x)}" y="{N(y)}" text-anchor="{place}"{turned}>{Escape(text)}</text>""");
    }

    /// <summary>About the width of a text of the charts' label size, in pixels: nobody here knows the reader's fonts.</summary>
    public static double WidthOf(string text) => text.Length * 6.8;

    public override string ToString() => $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">
        <title id="title">{Escape(title)}</title>
        <desc id="description">{Escape(description)}</desc>
        <style>
        {Palette.StyleSheet}
        </style>
        <rect class="paper" width="{width}" height="{height}" rx="6"/>
        {_elements}</svg>

        """;

    // Two decimals are a hundredth of a pixel.
    private static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Told(string element, string name, string tooltip) =>
        tooltip.Length == 0 ? element + "/>" : $"{element}><title>{Escape(tooltip)}</title></{name}>";

    private void Element(string element) => _elements.Append(element).Append('\n');
}
