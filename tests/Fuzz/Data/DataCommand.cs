using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Data;

/// <summary>`fuzz data`: cases of a bounded number of operations, each with fresh files and a seed of its own.</summary>
public static class DataCommand
{
    private const long DefaultOperations = 20_000;
    private const int OperationsPerCase = 5000;

    public static void Run(string folder, FuzzOptions options, SuiteReport report)
    {
        var clock = Stopwatch.StartNew();
        var total = options.OperationsOr(DefaultOperations);
        var failed = false;
        for (long done = 0, index = 0; done < total && !options.IsTimeUp(clock.Elapsed) && !failed; index++)
        {
            var count = (int)Math.Min(OperationsPerCase, total - done);
            done += count;
            failed = !RunCase(folder, options.Seed + (ulong)index, count, options, report);
        }
    }

    /// <summary>With a self-test the case passes where the corruption of the model is noticed.</summary>
    private static bool RunCase(string folder, ulong seed, int count, FuzzOptions options, SuiteReport report)
    {
        var name = $"data --seed {seed} --operations {count} --files {options.Files}{(options.SelfTest ? " --self-test" : "")}";
        using var scratch = new Scratch(folder, "fuzz-");
        using var fuzzer = new DataFuzzer(scratch.Path, seed, options.Files);
        if (!fuzzer.TransfersDirectly)
            report.Skip(name + " O_DIRECT", "the file system has no O_DIRECT");
        string? mismatch = null;
        try
        {
            fuzzer.Run(count, options.SelfTest ? count / 2 : -1);
        }
        catch (DataMismatchException found)
        {
            mismatch = found.Message;
        }
        if (options.SelfTest && mismatch is not null)
            Console.WriteLine($"self-test: the corrupted model was noticed: {mismatch}");
        if (options.SelfTest == mismatch is not null)
        {
            report.Pass(name);
            return true;
        }
        var details = mismatch ?? "the model was corrupted and nobody noticed";
        report.Fail(name, $"{details}\nthe last operations:\n{string.Join('\n', fuzzer.Log)}");
        return false;
    }
}
