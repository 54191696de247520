using ByteFuse.Plot;

namespace ByteFuse.GrowthBench;

/// <summary>The pictures of docs/benchmarks.md, drawn from a run's file.</summary>
public static class Pictures
{
    private static readonly Axis _cost = new("µs per operation", AxisScale.Decimal);
    private static readonly Axis _memory = new("RSS of the daemon, MiB");
    private static readonly Axis _files = new("files in the volume", AxisScale.Decimal);
    private static readonly Axis _open = new("open files", AxisScale.Decimal);

    /// <summary>Writes those that there are figures for.</summary>
    public static void Draw(Document document, string directory)
    {
        Directory.CreateDirectory(directory);
        Measurement[] Part(string part) => [.. document.Measurements.Where(one => one.Part == part)];
        Write("growth-files", "Cost of an operation against the number of files", _files, _cost, Part("files"), IsCost);
        Write("growth-files-memory", "Memory of the daemon against the number of files", _files, _memory, Part("files"), IsMemory);
        Write("growth-open", "Cost of an operation against the number of open files", _open, _cost, Part("open"), IsCost);
        Write("growth-open-memory", "Memory of the daemon against the number of open files", _open, _memory, Part("open"), IsMemory);
        Write("growth-bytes", "Cost of 4 KiB of direct I/O against the size of the file",
            new Axis("bytes of the file, mostly holes", AxisScale.Binary, AxisNumbers.Bytes), _cost with { Scale = AxisScale.Linear }, Part("bytes"), IsCost);
        Write("growth-threads", "Throughput against the number of a client's threads",
            new Axis("threads", AxisScale.Binary), new Axis("operations per second"), Part("threads"), IsCost);

        void Write(string file, string title, Axis horizontal, Axis vertical, Measurement[] measured, Func<string, bool> wanted)
        {
            if (measured.Length == 0)
                return;
            Line[] lines = [.. measured.SelectMany(one => one.Figures.Keys).Distinct().Where(wanted).Select(name => new Line(
                name, [.. measured.Where(one => one.Figures.ContainsKey(name)).Select(one => ((double)one.Size, one.Figures[name]))]))];
            string description = string.Join("; ", lines.Select(line => $"{line.Name}: from {line.Points[0].Y:G3} to {line.Points[^1].Y:G3}"));
            var chart = new LineChart(title, description, horizontal, vertical, lines);
            File.WriteAllText(Path.Combine(directory, file + ".svg"), chart.ToSvg());
        }
    }

    private static bool IsMemory(string figure) => figure.EndsWith(", MiB", StringComparison.Ordinal);

    private static bool IsCost(string figure) => !IsMemory(figure) && !figure.EndsWith(", s", StringComparison.Ordinal) && !figure.StartsWith("engine", StringComparison.Ordinal);
}
