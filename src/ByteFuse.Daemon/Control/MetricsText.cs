using System.Globalization;
using System.Text;

namespace ByteFuse.Daemon;

/// <summary>Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats): families of samples with labels.</summary>
internal sealed class MetricsText
{
    private readonly StringBuilder text = new();

    /// <summary>Begins a family: its samples follow, and those of no other.</summary>
    public void Family(string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>A sample; labels as <see cref="Label"/> makes them, comma-separated, may be empty.</summary>
    public void Sample(string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>A label with its value, escaped.</summary>
    public static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";

    public override string ToString() => text.ToString();
}
