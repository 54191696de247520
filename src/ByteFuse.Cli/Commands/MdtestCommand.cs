using System.CommandLine;
using System.Globalization;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse mdtest.</summary>
internal static class MdtestCommand
{
    // Paths are made before the clock starts and take some 200 bytes each.
    private const long MaximumItems = 20_000_000;

    public static Command Create()
    {
        var directory = new Argument<string>("DIRECTORY") { Description = "Where to make the tree; any file system." };
        var branching = Number("-b", "Subdirectories of each directory of the tree.", 1);
        var depth = Number("-z", "Levels below the root of the tree.", 0);
        var items = Number("-I", "Items in each directory of the tree, for each task.", 0);
        var total = Number("-n", "Items of each task, divided among the directories of the tree.", 0);
        var iterations = Number("-i", "Repetitions.", 1);
        var tasks = Number("--tasks", "Threads that work at once, as mpirun -n starts processes.", 1);
        var write = Number("-w", "Bytes to write to each file when it is made.", 0);
        var read = Number("-e", "Bytes to read from each file.", 0);
        var filesOnly = new Option<bool>("-F") { Description = "Test files only." };
        var directoriesOnly = new Option<bool>("-D") { Description = "Test directories only." };
        var leaves = new Option<bool>("-L") { Description = "Items in the lowest directories of the tree only." };
        var unique = new Option<bool>("-u") { Description = "A tree of its own for each task." };
        var json = CommonOptions.Json();
        var command = new Command("mdtest", "Measure metadata operations on any file system, with mdtest's options and output.")
        {
            directory, branching, depth, items, total, iterations, tasks, write, read, filesOnly, directoriesOnly, leaves, unique, json,
        };
        command.SetAction(parsed =>
        {
            var options = new MetadataTestOptions
            {
                Directory = Path.GetFullPath(parsed.GetRequiredValue(directory)),
                Branching = parsed.GetValue(branching),
                Depth = parsed.GetValue(depth),
                ItemsPerDirectory = parsed.GetValue(items),
                LeavesOnly = parsed.GetValue(leaves),
                Iterations = parsed.GetValue(iterations),
                Tasks = parsed.GetValue(tasks),
                TreePerTask = parsed.GetValue(unique),
                Files = !parsed.GetValue(directoriesOnly),
                Directories = !parsed.GetValue(filesOnly),
                WriteBytes = parsed.GetValue(write),
                ReadBytes = parsed.GetValue(read),
            };
            return Run(Checked(options, parsed.GetValue(total)), parsed.GetValue(json));
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static MetadataTestOptions Checked(MetadataTestOptions options, int total)
    {
        if (!Directory.Exists(options.Directory)) throw new Refusal(ExitCode.Usage, $"{options.Directory} is not a directory");
        if (!options.Files && !options.Directories) throw new Refusal(ExitCode.Usage, "-F and -D exclude each other");
        if (options.Branching < 1 || options.Iterations < 1 || options.Tasks < 1)
            throw new Refusal(ExitCode.Usage, "-b, -i and --tasks must be at least 1");
        if (options.Depth is < 0 or > 100 || options.ItemsPerDirectory < 0 || total < 0 || options.WriteBytes < 0 || options.ReadBytes < 0)
            throw new Refusal(ExitCode.Usage, "-z (up to 100), -I, -n, -w and -e must not be negative");
        if ((total == 0) == (options.ItemsPerDirectory == 0)) throw new Refusal(ExitCode.Usage, "give the number of items by -I or by -n");
        if (options.ItemDirectories > MaximumItems) throw new Refusal(ExitCode.Usage, $"the tree has more than {MaximumItems} directories");
        if (total > 0) options = options with { ItemsPerDirectory = (int)(total / options.ItemDirectories) };
        if (options.ItemsPerDirectory == 0) throw new Refusal(ExitCode.Usage, "-n is less than one item for each directory of the tree");
        if ((double)options.ItemsPerTask * options.Tasks > MaximumItems) throw new Refusal(ExitCode.Usage, $"more than {MaximumItems} items");
        return options;
    }

    private static int Run(MetadataTestOptions options, bool json)
    {
        var started = DateTimeOffset.Now;
        if (!json) PrintHead(options, started);
        var test = new MetadataTest(options);
        var rates = Enumerable.Range(0, options.Iterations).SelectMany(_ => test.Run()).ToList();
        var summary = rates.GroupBy(rate => rate.Operation, rate => rate.PerSecond).Select(MdtestSummary.Of).ToList();
        if (json) CliJson.Print(new MdtestReport(started, options.Tasks, options.ItemsPerTask, options.Iterations, summary), CliJson.Default.MdtestReport);
        else PrintSummary(options, summary);
        return (int)ExitCode.Success;
    }

    private static void PrintHead(MetadataTestOptions options, DateTimeOffset started)
    {
        Print($"-- started at {Time(started)} --");
        Print("");
        Print($"mdtest (bytefuse) was launched with {options.Tasks} total task(s) on 1 node(s)");
        Print($"Command line used: bytefuse {string.Join(' ', Environment.GetCommandLineArgs()[1..])}");
        Print($"Path: {options.Directory}");
        var drive = new DriveInfo(options.Directory);
        Print($"FS: {drive.TotalSize / (double)(1L << 30):F1} GiB   Used FS: {100.0 * (drive.TotalSize - drive.TotalFreeSpace) / Math.Max(drive.TotalSize, 1):F1}%");
        Print("");
        Print($"{options.Tasks} tasks, {options.ItemsPerTask * options.Tasks} {(options.Files ? options.Directories ? "files/directories" : "files" : "directories")}");
    }

    private static void PrintSummary(MetadataTestOptions options, List<MdtestSummary> summary)
    {
        Print("");
        Print($"SUMMARY rate: (of {options.Iterations} iterations)");
        Print("   Operation                     Max            Min           Mean        Std Dev");
        Print("   ---------                     ---            ---           ----        -------");
        foreach (var row in summary)
            Print($"   {row.Operation,-22}{row.Maximum,14:F3} {row.Minimum,14:F3} {row.Mean,14:F3} {row.StandardDeviation,14:F3}");
        Print("");
        Print($"-- finished at {Time(DateTimeOffset.Now)} --");
    }

    private static string Time(DateTimeOffset time) => time.ToString("MM/dd/yyyy HH:mm:ss", CultureInfo.InvariantCulture);

    private static void Print(string line) => Console.Out.WriteLine(line);
}

/// <summary>An operation's rates over all iterations, in operations per second.</summary>
internal sealed record MdtestSummary(string Operation, double Maximum, double Minimum, double Mean, double StandardDeviation)
{
    public static MdtestSummary Of(IGrouping<string, double> rates)
    {
        var mean = rates.Average();
        var variance = rates.Average(rate => (rate - mean) * (rate - mean));
        return new MdtestSummary(rates.Key, rates.Max(), rates.Min(), mean, Math.Sqrt(variance));
    }
}

/// <summary>What mdtest prints.</summary>
internal sealed record MdtestReport(DateTimeOffset Started, int Tasks, long ItemsPerTask, int Iterations, IReadOnlyList<MdtestSummary> Operations);
