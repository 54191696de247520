using System.Diagnostics;
using ByteFuse.Testing;
using ByteFuse.Workloads;
using ByteFuse.Workloads.Runs;

// workloads DIR [--filter NAME] [--scale small|full]: real programs at work in DIR, each checked for its result.
(string Name, Action<WorkArea> Run)[] workloads =
[
    ("git", GitWorkload.Run),
    ("build", BuildWorkload.Run),
    ("sqlite", SqliteWorkload.Run),
    ("postgres", PostgresWorkload.Run),
    ("rsync", RsyncWorkload.Run),
    ("many-files", ManyFilesWorkload.Run),
    ("archive", ArchiveWorkload.Run),
    ("overlay", OverlayWorkload.Run),
    ("raw-io", RawIoWorkload.Run),
];

string? directory = null, filter = null;
Scale scale = Scale.Small;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--filter" when i + 1 < args.Length:
            filter = args[++i];
            break;
        case "--scale" when i + 1 < args.Length && Enum.TryParse(args[i + 1], ignoreCase: true, out scale):
            i++;
            break;
        case var path when directory is null && !path.StartsWith('-'):
            directory = path;
            break;
        default:
            return Usage();
    }
}
if (directory is null || !Directory.Exists(directory))
    return Usage();

var report = new SuiteReport();
foreach ((string name, Action<WorkArea> run) in workloads.Where(workload => filter is null || workload.Name.Contains(filter)))
{
    long start = Stopwatch.GetTimestamp();
    report.Group(name);
    try
    {
        using var area = new WorkArea(directory, name, scale);
        run(area);
        report.Pass(name);
    }
    catch (Exception failure)
    {
        report.Fail(name, failure is WorkloadFailedException ? failure.Message : failure.ToString());
    }
    Console.WriteLine($"{name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
}
return report.Close();

static int Usage()
{
    Console.Error.WriteLine("usage: workloads DIR [--filter NAME] [--scale small|full]");
    return 2;
}
