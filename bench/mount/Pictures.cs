using ByteFuse.Plot;

namespace ByteFuse.MountBench;

/// <summary>Bar charts of a document's runs: the medians of figures that have a unit in common.</summary>
public static class Pictures
{
    // What a picture shows of a run: figures by their names, or all of the unit.
    private static readonly (string Run, string Unit, Func<string, bool> Shows, string Title)[] _pictures =
    [
        ("tmpfs", "op/s", _ => true, "4 KiB random, direct, stores on tmpfs"),
        ("tmpfs", "MiB/s", _ => true, "1 MiB sequential, direct, stores on tmpfs"),
        ("disk", "op/s", _ => true, "4 KiB random, direct, stores on the disk"),
        ("disk", "MiB/s", _ => true, "1 MiB sequential, direct, stores on the disk"),
        ("passthrough", "op/s", _ => true, "4 KiB random, direct, read and written by the kernel"),
        ("passthrough", "MiB/s", _ => true, "1 MiB sequential, direct, read and written by the kernel"),
        ("null", "op/s", _ => true, "Without a store: requests per second"),
        ("null", "us", name => name.EndsWith(Workload.ServerTimeSuffix, StringComparison.Ordinal), "Without a store: the server's CPU time"),
        ("mdtest", "op/s", name => name.StartsWith("file", StringComparison.Ordinal), "mdtest, 12,440 files in 1555 directories"),
        ("application", "s", _ => true, "zlib"),
        ("big", "MiB/s", _ => true, "Large requests, direct, stores on tmpfs"),
    ];

    /// <summary>Draws what the document has figures for; the files written.</summary>
    public static IEnumerable<string> Draw(Document document, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, string unit, Func<string, bool> shows, string title) in _pictures)
        {
            Run? run = document.Runs.FirstOrDefault(run => run.Name == name);
            ILookup<string, Figure>? figures = run?.Figures.Where(figure => figure.Unit == unit && shows(figure.Name)).ToLookup(figure => figure.Name);
            if (run is null || figures is null || figures.Count == 0)
                continue;
            string path = Path.Combine(folder, $"{name}-{unit.Replace("/", "-per-", StringComparison.Ordinal)}.svg");
            File.WriteAllText(path, Chart(run, figures, title, unit).ToSvg());
            yield return path;
        }
    }

    private static BarChart Chart(Run run, ILookup<string, Figure> figures, string title, string unit)
    {
        string[] names = [.. figures.Select(figure => figure.Key)];
        // Targets that this picture has nothing of are left out of its legend.
        IEnumerable<Plot.Bars> series = run.Targets
            .Where(target => figures.Any(row => row.Any(figure => figure.Target == target.Name)))
            .Select(target => new Plot.Bars(
                target.Name, [.. names.Select(name => figures[name].FirstOrDefault(figure => figure.Target == target.Name)?.Median)]));
        string description = $"{title}: medians of {run.Rounds} interleaved rounds, commit {run.Commit}, {run.Machine.Date}";
        var axis = new Axis(unit switch
        {
            "op/s" => "operations per second",
            "us" => "microseconds per operation",
            "s" => "seconds",
            _ => unit,
        });
        // Thirty pixels a bar.
        return new BarChart(title, description, names, axis, [.. series])
        {
            Width = Math.Max(760, 30 * names.Length * run.Targets.Count),
        };
    }
}
