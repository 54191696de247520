using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ByteFuse.MountBench;

/// <summary>Where a bench ran: figures of different machines, kernels or loads do not compare.</summary>
public sealed record Machine(string Processor, int Cores, string Kernel, long MemoryMiB, string LoadBefore, string LoadAfter, double StolenPercent, string Date)
{
    public static Machine Now(string loadBefore, ProcessorTime before) => new(
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "unknown",
        Environment.ProcessorCount,
        File.ReadAllText("/proc/version").Trim(),
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        loadBefore,
        Load(),
        ProcessorTime.Now().StolenPercentSince(before),
        DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture));

    /// <summary>/proc/loadavg: a bench beside other work says little.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Trim();
}

/// <summary>Time of all processors since the start of the machine, and what of it other guests of the host took, in ticks.</summary>
public readonly record struct ProcessorTime(long Total, long Stolen)
{
    public static ProcessorTime Now()
    {
        // proc(5): user nice system idle iowait irq softirq steal; guest time is in user time.
        long[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return new ProcessorTime(ticks.Sum(), ticks[7]);
    }

    public double StolenPercentSince(ProcessorTime before) => Total == before.Total ? 0 : 100.0 * (Stolen - before.Stolen) / (Total - before.Total);
}

/// <summary>
/// One figure of one target: the value of each round, their median, and the best, which is what a machine shared with others can
/// do when it is let; ratios are of the best.
/// </summary>
public sealed record Figure(string Target, string Name, string Unit, double Best, double Median, IReadOnlyList<double> Rounds, double? RatioToFirst);

public sealed record Document(Machine Machine, int Rounds, IReadOnlyList<string> Targets, IReadOnlyList<Figure> Figures);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Document))]
internal sealed partial class ResultsJson : JsonSerializerContext;

/// <summary>Collects the rounds' values and tells them.</summary>
public sealed class Results(IReadOnlyList<string> targets)
{
    private readonly Dictionary<(string Target, string Name), List<double>> _values = [];
    private readonly List<(string Name, string Unit)> _names = [];

    public void Add(string target, string name, string unit, double value)
    {
        if (!_names.Contains((name, unit)))
            _names.Add((name, unit));
        if (!_values.TryGetValue((target, name), out List<double>? rounds))
            _values[(target, name)] = rounds = [];
        rounds.Add(value);
    }

    public Document Document(Machine machine, int rounds)
    {
        var figures = new List<Figure>();
        foreach ((string name, string unit) in _names)
        {
            double? first = Best(targets[0], name, unit);
            foreach (string target in targets)
            {
                if (Best(target, name, unit) is double best)
                    figures.Add(new Figure(target, name, unit, best, Median(target, name), _values[(target, name)], first is > 0 ? best / first : null));
            }
        }
        return new Document(machine, rounds, targets, figures);
    }

    public static void Write(Document document, string path) =>
        File.WriteAllText(path, JsonSerializer.Serialize(document, ResultsJson.Default.Document));

    public static void Print(Document document, TextWriter output)
    {
        Machine machine = document.Machine;
        output.WriteLine($"{machine.Processor}, {machine.Cores} cores; {machine.Kernel}");
        output.WriteLine($"load before {machine.LoadBefore}, after {machine.LoadAfter}; {machine.StolenPercent:F0} % of the processors taken by other guests");
        output.WriteLine($"best of {document.Rounds} rounds, and ratio to the first column");
        output.WriteLine($"{"",-34}{"unit",-8}" + string.Concat(document.Targets.Select(target => $"{target,24}")));
        foreach (IGrouping<(string, string), Figure> row in document.Figures.GroupBy(figure => (figure.Name, figure.Unit)))
        {
            IEnumerable<string> cells = document.Targets.Select(target => row.FirstOrDefault(figure => figure.Target == target))
                .Select(figure => figure is null ? "-"
                    : string.Create(CultureInfo.InvariantCulture, $"{figure.Best:G4}{(figure.RatioToFirst is double r ? $" ({r:F2}x)" : "")}"));
            output.WriteLine($"{row.Key.Item1,-34}{row.Key.Item2,-8}" + string.Concat(cells.Select(cell => $"{cell,24}")));
        }
    }

    // Seconds are better the fewer they are; of memory the most counts.
    private double? Best(string target, string name, string unit) =>
        !_values.TryGetValue((target, name), out List<double>? rounds) ? null : unit == "s" ? rounds.Min() : rounds.Max();

    private double Median(string target, string name)
    {
        double[] sorted = [.. _values[(target, name)].Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
