namespace ByteFuse.MountBench;

/// <summary>A number that a workload came to.</summary>
public readonly record struct Value(string Name, string Unit, double Number);

/// <summary>Collects the rounds' values.</summary>
public sealed class Results(IReadOnlyList<TargetKind> targets)
{
    private readonly Dictionary<(string Target, string Name), List<double>> _values = [];
    private readonly List<(string Name, string Unit)> _names = [];

    public void Add(string target, Value value)
    {
        if (!_names.Contains((value.Name, value.Unit)))
            _names.Add((value.Name, value.Unit));
        if (!_values.TryGetValue((target, value.Name), out List<double>? rounds))
            _values[(target, value.Name)] = rounds = [];
        rounds.Add(value.Number);
    }

    /// <summary>Figures by name, and those of one name in the order of the targets.</summary>
    public IReadOnlyList<Figure> Figures()
    {
        var figures = new List<Figure>();
        foreach ((string name, string unit) in _names)
        {
            double? first = Best(targets[0].Name, name, unit);
            foreach (TargetKind target in targets)
            {
                if (Best(target.Name, name, unit) is double best)
                {
                    List<double> rounds = _values[(target.Name, name)];
                    figures.Add(new Figure(target.Name, name, unit, best, Statistics.Median(rounds), rounds, first is > 0 ? best / first : null));
                }
            }
        }
        return figures;
    }

    // Times are better the shorter they are; of memory the most counts.
    private double? Best(string target, string name, string unit) =>
        !_values.TryGetValue((target, name), out List<double>? rounds) ? null : unit is "s" or "us" ? rounds.Min() : rounds.Max();
}
