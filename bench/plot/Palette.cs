using System.Text;

namespace ByteFuse.Plot;

/// <summary>
/// The colours of the charts: those of Okabe and Ito, which people with any kind of colour vision can tell apart, lightened for dark
/// backgrounds.
/// </summary>
internal static class Palette
{
    private static readonly string[] _light = ["#0072b2", "#d55e00", "#009e73", "#b8559a", "#8a6d00", "#3d9bd6", "#555f6b", "#a31f34"];
    private static readonly string[] _dark = ["#4aa8e8", "#f58742", "#2cc79b", "#e08cc6", "#e3c14a", "#8fd0ff", "#a9b4c0", "#f0788a"];

    /// <summary>The style sheet of every chart.</summary>
    public static string StyleSheet { get; } = Sheet();

    /// <summary>The colour of a series; they come round where there are more series than colours.</summary>
    public static int Index(int series) => series % _light.Length;

    private static string Sheet()
    {
        var sheet = new StringBuilder();
        sheet.Append("text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 12px }\n");
        sheet.Append(".heading { font-size: 15px; font-weight: 600 }\n.value { font-size: 10px }\n");
        sheet.Append(".grid, .axis { stroke-width: 1 }\npolyline { fill: none; stroke-width: 2; stroke-linejoin: round }\n");
        Colours(sheet, "#ffffff", "#1f2328", "#59636e", "#e4e7eb", _light);
        sheet.Append("@media (prefers-color-scheme: dark) {\n");
        Colours(sheet, "#0d1117", "#e6edf3", "#9aa4af", "#272e37", _dark);
        return sheet.Append('}').ToString();
    }

    private static void Colours(StringBuilder sheet, string paper, string ink, string soft, string grid, string[] series)
    {
        sheet.Append($".paper {{ fill: {paper} }}\n.heading {{ fill: {ink} }}\n.label, .value {{ fill: {soft} }}\n");
        sheet.Append($".grid {{ stroke: {grid} }}\n.axis {{ stroke: {soft} }}\n");
        for (int i = 0; i < series.Length; i++)
            sheet.Append($".fill{i} {{ fill: {series[i]} }}\n.line{i} {{ stroke: {series[i]} }}\n");
    }
}
