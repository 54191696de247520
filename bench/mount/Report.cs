using System.Globalization;

namespace ByteFuse.MountBench;

/// <summary>Results for people.</summary>
public static class Report
{
    /// <summary>The figures of each run, then the bars.</summary>
    public static void Print(Document document, TextWriter output)
    {
        foreach (Run run in document.Runs)
        {
            PrintHead(run, output);
            PrintFigures(run, output);
            output.WriteLine();
        }
        if (document.Verdicts.Count > 0)
            PrintBars(document.Verdicts, output);
    }

    private static void PrintHead(Run run, TextWriter output)
    {
        Machine machine = run.Machine;
        output.WriteLine($"{run.Name}: commit {run.Commit}, stores on {(run.Store == StoreKind.Disk ? "fresh ext4 images on the disk" : "tmpfs")}, {machine.Date}");
        output.WriteLine($"{machine.Processor}, {machine.Cores} cores; {machine.Kernel}");
        output.WriteLine($"load before {machine.LoadBefore}, after {machine.LoadAfter}; {machine.StolenPercent:F0} % of the processors taken by other guests");
        foreach (TargetKind kind in run.Targets.Where(kind => kind.Options.Length > 0))
            output.WriteLine($"  {kind.Name,-28}{kind.Options}");
        output.WriteLine($"medians of {run.Rounds} rounds, and the best in brackets");
    }

    private static void PrintFigures(Run run, TextWriter output)
    {
        output.WriteLine($"{"",-60}{"unit",-6}" + string.Concat(run.Targets.Select(target => $"{target.Name,28}")));
        foreach (IGrouping<(string Name, string Unit), Figure> row in run.Figures.GroupBy(figure => (figure.Name, figure.Unit)))
        {
            IEnumerable<string> cells = run.Targets.Select(target => row.FirstOrDefault(figure => figure.Target == target.Name))
                .Select(figure => figure is null ? "-" : $"{Number(figure.Median)} ({Number(figure.Best)})");
            output.WriteLine($"{row.Key.Name,-60}{row.Key.Unit,-6}" + string.Concat(cells.Select(cell => $"{cell,28}")));
        }
    }

    private static void PrintBars(IReadOnlyList<BarResult> results, TextWriter output)
    {
        output.WriteLine("bars: ratio of ours to the peer's within a round, median over the rounds");
        output.WriteLine($"{"run",-13}{"figure",-60}{"ours",-26}{"peer",-24}{"required",10}{"measured",10}");
        foreach (BarResult result in results)
        {
            Bar bar = result.Bar;
            string required = (bar.Sense == Sense.AtLeast ? ">= " : "<= ") + bar.Required.ToString("F2", CultureInfo.InvariantCulture);
            output.WriteLine($"{bar.Run,-13}{bar.Figure,-60}{bar.Target,-26}{bar.Peer,-24}{required,10}"
                + $"{result.Median.ToString("F2", CultureInfo.InvariantCulture),10}  {(result.Met ? "met" : "RED")}");
        }
        output.WriteLine($"{results.Count(result => result.Met)} met, {results.Count(result => !result.Met)} RED");
    }

    private static string Number(double value) =>
        value.ToString(value >= 1000 ? "F0" : "G4", CultureInfo.InvariantCulture);
}
