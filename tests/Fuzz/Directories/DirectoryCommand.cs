using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Directories;

/// <summary>`fuzz dirs`: two threads change a directory while two others list it.</summary>
public static class DirectoryCommand
{
    private const long DefaultListings = 100;
    private const int Readers = 2;

    // Many times what the smallest buffer holds; on ext4 some dozen blocks.
    private const int StableNames = 1000;

    private static readonly string[] MutatorPrefixes = ["left", "right"];

    public static void Run(string folder, FuzzOptions options, SuiteReport report)
    {
        using var scratch = new Scratch(folder, "fuzz-");
        Directory.CreateDirectory(scratch["listed"]);
        Directory.CreateDirectory(scratch["other"]);
        var stable = Enumerable.Range(0, StableNames).Select(number => $"stable{number}{new string('+', number * 53 % 120)}").ToArray();
        var mutators = MutatorPrefixes
            .Select((prefix, index) => new DirectoryMutator(options.Seed + (ulong)index, scratch["listed"], scratch["other"], prefix))
            .ToArray();
        var readers = Enumerable.Range(0, Readers)
            .Select(index => new DirectoryReader(options.Seed + 100 + (ulong)index, scratch["listed"], stable, IsMutators))
            .ToArray();
        Guard(report, $"dirs --seed {options.Seed}: lasting names among changing ones", options.SelfTest, () =>
        {
            CreateAmongChanges(scratch["listed"], stable, mutators);
            if (options.SelfTest)
                Sys.Unlink(scratch[$"listed/{stable[^1]}"]);
            ListDuringChanges(options, mutators, readers);
        });
        if (!options.SelfTest)
            Guard(report, $"dirs --seed {options.Seed}: at rest", false, () =>
                readers[0].CheckExactly(stable.Concat(mutators.SelectMany(mutator => mutator.Present))));
        Console.WriteLine(
            $"{mutators.Sum(mutator => mutator.Changes)} changes, {readers.Sum(reader => reader.Listings)} listings, "
            + $"{readers.Sum(reader => reader.Entries)} entries listed");
    }

    private static bool IsMutators(string name) => MutatorPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The lasting names are made while others come and go, so that they lie scattered between them.</summary>
    private static void CreateAmongChanges(string listed, string[] stable, DirectoryMutator[] mutators) => DuringChanges(mutators, () =>
    {
        foreach (var name in stable)
        {
            var made = Sys.Mknod($"{listed}/{name}", Abi.S_IFREG | 0x180);
            if (made < 0)
                throw new DirectoryFaultException($"mknod {name}: {Abi.ErrnoName(made)}");
        }
    });

    private static void ListDuringChanges(FuzzOptions options, DirectoryMutator[] mutators, DirectoryReader[] readers)
    {
        var clock = Stopwatch.StartNew();
        var share = Math.Max(1, options.OperationsOr(DefaultListings) / Readers);
        DuringChanges(mutators, () =>
        {
            var threads = readers.Select(reader => TaskThread.Start(() =>
            {
                while (reader.Listings < share && !options.IsTimeUp(clock.Elapsed))
                    reader.ListAndSeek();
            })).ToArray();
            JoinAll(threads);
        });
    }

    private static void DuringChanges(DirectoryMutator[] mutators, Action body)
    {
        using var stop = new CancellationTokenSource();
        var threads = mutators.Select(mutator => TaskThread.Start(() => mutator.Run(stop.Token))).ToArray();
        try
        {
            body();
        }
        finally
        {
            stop.Cancel();
            JoinAll(threads);
        }
    }

    /// <summary>Waits for all, also where one has failed: the folder is removed afterwards. Then throws the first failure.</summary>
    private static void JoinAll(TaskThread[] threads)
    {
        DirectoryFaultException? failure = null;
        foreach (var thread in threads)
        {
            try
            {
                thread.Join();
            }
            catch (DirectoryFaultException fault)
            {
                failure ??= fault;
            }
        }
        if (failure is not null)
            throw failure;
    }

    /// <summary>One check of the report; with a self-test it passes where the missing name is noticed.</summary>
    private static void Guard(SuiteReport report, string name, bool expectsFault, Action check)
    {
        string? fault = null;
        try
        {
            check();
        }
        catch (DirectoryFaultException found)
        {
            fault = found.Message;
        }
        if (expectsFault && fault is not null)
            Console.WriteLine($"self-test: the removed name was noticed: {fault}");
        if (expectsFault == fault is not null)
            report.Pass(name);
        else
            report.Fail(name, fault ?? "a lasting name was removed and nobody noticed");
    }
}
