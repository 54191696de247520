using System.Globalization;
using ByteFuse.MountBench;
using ByteFuse.Testing;

// mount-bench [--rounds N] [--out FILE] [--targets a,b,...] [--store DIR] [--only tree|fio|application]
int rounds = 3;
string output = "results.json", folder = Path.GetTempPath(), only = "";
string[] targets = Target.Names;
for (int i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--out": output = args[i + 1]; break;
        case "--targets": targets = args[i + 1].Split(','); break;
        case "--store": folder = args[i + 1]; break;
        case "--only": only = args[i + 1]; break;
        default: return Usage();
    }
}
if (args.Length % 2 != 0 || rounds < 1 || targets.Length == 0 || targets.Except(Target.Names).Any())
    return Usage();

string loadBefore = Machine.Load();
ProcessorTime timeBefore = ProcessorTime.Now();
string archive = FetchZlib();
var results = new Results(targets);
for (int round = 0; round < rounds; round++)
{
    // Interleaved, and begun with another target each time: drift of the machine hits all alike.
    foreach (string name in targets.Skip(round % targets.Length).Concat(targets.Take(round % targets.Length)))
    {
        Console.Error.WriteLine($"round {round + 1} of {rounds}: {name}");
        using var target = new Target(name, folder);
        if (only is "" or "tree")
        {
            // Once before the clock: caches, journals, and the compiler of a daemon that has just begun.
            Tree.Run(target.MountPoint);
            foreach ((string phase, double perSecond) in Tree.Run(target.MountPoint))
                results.Add(name, phase, "op/s", perSecond);
        }
        if (only is "" or "fio")
        {
            foreach ((string job, double value) in Fio.Run(target.MountPoint, directMayFail: name == "passthrough_hp"))
                results.Add(name, job, job.StartsWith('4') ? "op/s" : "MiB/s", value);
        }
        if (only is "" or "application")
        {
            foreach ((string step, double seconds) in Application.Run(target.MountPoint, archive))
                results.Add(name, step, "s", seconds);
        }
        if (target.DaemonMemory() is double memory)
            results.Add(name, "daemon memory (RSS)", "MiB", memory);
    }
}
Document document = results.Document(Machine.Now(loadBefore, timeBefore), rounds);
Results.Write(document, output);
Results.Print(document, Console.Out);
return 0;

static string FetchZlib()
{
    DirectoryInfo? root = new(AppContext.BaseDirectory);
    while (root is not null && !File.Exists(Path.Combine(root.FullName, "ByteFuse.slnx")))
        root = root.Parent;
    return Command.Check(Path.Combine(root?.FullName ?? ".", "tests/fetch-source"), "zlib").Trim();
}

static int Usage()
{
    Console.Error.WriteLine(
        $"usage: mount-bench [--rounds N] [--out FILE] [--targets {string.Join(',', Target.Names)}] [--store DIR] [--only tree|fio|application]");
    return 2;
}
