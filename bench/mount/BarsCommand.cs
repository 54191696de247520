namespace ByteFuse.MountBench;

/// <summary>Measures what decides the bars, or merges earlier results, and judges them.</summary>
public static class BarsCommand
{
    public const string Usage = """
               ./dev bench bars [--group tmpfs,disk,passthrough,null,mdtest,application,big] [--rounds N]
                               [--seconds N] [--out FILE] [--store DIR]
               ./dev bench bars --merge FILE FILE... [--out FILE]
        """;

    private const int DefaultRounds = 5;
    private const string DefaultOutput = "bars.json";

    // Long enough for a stable figure, short enough for many rounds.
    private const int DefaultSeconds = 2;
    private const double WarmUpSeconds = 1;

    public static int Run(string[] arguments)
    {
        if (arguments is ["--merge", .. string[] merged])
            return Merge(merged);
        var options = new Options(arguments, "group", "rounds", "seconds", "out", "store");
        string output = options.Text("out", DefaultOutput), folder = options.Text("store", Path.GetTempPath());
        int rounds = options.Number("rounds", DefaultRounds), seconds = options.Number("seconds", DefaultSeconds);
        var runs = new List<Run>();
        foreach (string name in options.Names("group", BarGroup.Names, BarGroup.Names))
        {
            runs.Add(Measure(BarGroup.Named(name), rounds, seconds, folder));
            // After each: what is measured is not lost when a later one fails.
            new Document(runs, Bars.Judge(runs)).Write(output);
        }
        Report.Print(Document.Read(output), Console.Out);
        return 0;
    }

    private static int Merge(string[] arguments)
    {
        string[] files = [.. arguments.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
        if (files.Length == 0)
            throw new UsageException("--merge needs files");
        Document document = Document.Merge(files.Select(Document.Read));
        document.Write(new Options(arguments[files.Length..], "out").Text("out", DefaultOutput));
        Report.Print(document, Console.Out);
        return 0;
    }

    /// <summary>
    /// All targets are mounted at once, and each workload goes from one to the next before the next workload begins: what is
    /// compared lies seconds apart. Whoever is not measured is idle.
    /// </summary>
    private static Run Measure(BarGroup group, int rounds, int seconds, string folder)
    {
        MachineState before = MachineState.Now();
        TargetKind[] kinds = [.. group.Targets.Select(TargetKind.Named)];
        var results = new Results(kinds);
        var targets = new List<Target>();
        try
        {
            foreach (TargetKind kind in kinds)
                targets.Add(new Target(kind, group.Store, folder));
            // Round 0 warms caches, journals and the compiler of daemons that have just begun, and counts for nothing.
            for (int round = 0; round <= rounds; round++)
            {
                Console.Error.WriteLine($"{group.Name}: {(round == 0 ? "warming up" : $"round {round} of {rounds}")}");
                Round(group, targets, round, round == 0 ? WarmUpSeconds : seconds, results);
            }
        }
        finally
        {
            targets.ForEach(target => target.Dispose());
        }
        return new Run(group.Name, group.Store, Repository.Commit(), Machine.Since(before), rounds, kinds, results.Figures());
    }

    private static void Round(BarGroup group, List<Target> targets, int round, double seconds, Results results)
    {
        foreach (Workload workload in group.Workloads)
        {
            // Begun with another target each time: drift of the machine hits all alike.
            int first = round % targets.Count;
            foreach (Target target in targets.Skip(first).Concat(targets.Take(first)).Where(workload.Covers))
            {
                foreach (Value value in workload.Run(target, seconds))
                {
                    if (round > 0)
                        results.Add(target.Name, value);
                }
                target.Settle();
            }
        }
    }
}
