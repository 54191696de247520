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
        var identities = options.RootOnly ? [Identity.Root] : Identity.All;
        if (!AdmitsAll(folderA, identities, report) || !AdmitsAll(folderB, identities, report))
            return;
        var misspelt = options.Without.ToHashSet();
        var runner = new SequenceRunner(folderA, folderB);
        var clock = Stopwatch.StartNew();
        var failures = 0;
        var total = options.OperationsOr(DefaultOperations);
        for (long done = 0, index = 0; done < total && !options.IsTimeUp(clock.Elapsed) && failures < options.Failures; index++)
        {
            var count = (int)Math.Min(OperationsPerCase, total - done);
            var seed = options.Seed + (ulong)index;
            var generator = new SequenceGenerator(seed, options.Threads, options.Without, identities);
            var sequence = generator.Generate(count);
            misspelt.ExceptWith(generator.ExcludedMet);
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
        foreach (var kind in misspelt)
            report.Fail($"--without {kind}", "no operation of this kind came up");
        Console.WriteLine($"{runner.Issued} operations issued on each side: {runner.Frequencies}");
    }

    /// <summary>A FUSE mount without allow_other lets root alone in: every operation of another would differ.</summary>
    private static bool AdmitsAll(string folder, Identity[] identities, SuiteReport report)
    {
        foreach (var identity in identities)
        {
            long found = 0;
            TaskThread.Run(() =>
            {
                identity.Assume();
                found = Sys.Stat(folder, out _);
            });
            if (found == 0)
                continue;
            report.Fail($"diff {folder}", $"{identity.Name} cannot enter it ({Abi.ErrnoName(found)}): mount with allow_other, or use --root-only");
            return false;
        }
        return true;
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
