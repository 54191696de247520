using ByteFuse.Fuzz;
using ByteFuse.Fuzz.Data;
using ByteFuse.Fuzz.Differential;
using ByteFuse.Fuzz.Directories;
using ByteFuse.Testing;

const string Usage = """
    fuzz diff DIR_A DIR_B [--seed S] [--operations N] [--threads T] [--seconds X] [--shrink] [--failures K] [--without KIND,KIND] [--root-only]
        the same random operations on both; every result and the trees must agree
    fuzz data DIR [--seed S] [--operations N] [--seconds X] [--files F] [--self-test]
        random reads, writes, truncates, holes and mappings against a model in memory
    fuzz dirs DIR [--seed S] [--operations N] [--seconds X] [--self-test]
        listings while names come and go
    Runs as root. Exit code 0 where all passed, 1 upon a failure, 2 for wrong arguments.
    """;

var folders = args.Skip(1).TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToArray();
if (args.Length == 0 || folders.Length != (args[0] == "diff" ? 2 : 1))
{
    Console.Error.WriteLine(Usage);
    return 2;
}
if (Array.Find(folders, folder => !Directory.Exists(folder)) is { } missing)
{
    Console.Error.WriteLine($"{missing}: no such directory");
    return 2;
}
FuzzOptions options;
try
{
    options = FuzzOptions.Parse(args.AsSpan(1 + folders.Length));
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

var report = new SuiteReport();
Console.WriteLine($"seed {options.Seed}");
switch (args[0])
{
    case "diff":
        DifferentialCommand.Run(Path.GetFullPath(folders[0]), Path.GetFullPath(folders[1]), options, report);
        break;
    case "data":
        DataCommand.Run(Path.GetFullPath(folders[0]), options, report);
        break;
    case "dirs":
        DirectoryCommand.Run(Path.GetFullPath(folders[0]), options, report);
        break;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
return report.Close();
