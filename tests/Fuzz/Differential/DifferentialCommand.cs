using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>`fuzz diff`: cases of a bounded number of operations, each with a seed of its own, until the asked number or time is up.</summary>
public static class DifferentialCommand
{
    private const long DefaultOperations = 20_000;

    // One case: long enough for trees to grow, short enough to shrink in a minute.
    private const int OperationsPerCase = 2000;

    /// <summary>Runs the cases, each one check of the report.</summary>
    public static void Run(string folderA, string folderB, FuzzOptions options, SuiteReport report)
    {
        // The mask is part of what a create does; a fixed one makes runs comparable.
        Sys.Umask(0x12);
        var runner = new SequenceRunner(folderA, folderB);
        var clock = Stopwatch.StartNew();
        var failures = 0;
        var total = options.OperationsOr(DefaultOperations);
        for (long done = 0, index = 0; done < total && !options.IsTimeUp(clock.Elapsed) && failures < options.Failures; index++)
        {
            var count = (int)Math.Min(OperationsPerCase, total - done);
            var seed = options.Seed + (ulong)index;
            var sequence = new SequenceGenerator(seed, options.Threads, options.Without).Generate(count);
            done += count;
            var name = $"diff --seed {seed} --operations {count} --threads {options.Threads}";
            if (runner.Run(sequence) is not { } difference)
            {
                report.Pass(name);
                continue;
            }
            failures++;
            report.Fail(name, Explain(runner, sequence, difference, options.Shrink));
        }
        Console.WriteLine($"{runner.Issued} operations issued on each side: {runner.Frequencies}");
    }

    private static string Explain(SequenceRunner runner, Sequence sequence, Difference difference, bool shrink)
    {
        var text = $"replay with the seed above; the sides disagree:\n{difference.Description}";
        if (!shrink)
            return text + "\n(--shrink finds the fewest operations that show it)";
        Console.WriteLine($"shrinking: {difference.Signature}");
        var (smallest, shown) = new Shrinker(runner, difference.Signature, Console.Out).Shrink(sequence, difference);
        return $"{text}\nfewest operations that show it:\n{string.Join('\n', smallest.Operations)}\nwhich gives:\n{shown.Description}";
    }
}
