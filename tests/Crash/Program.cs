using System.Diagnostics;
using System.Globalization;
using ByteFuse.Crash;
using ByteFuse.Crash.Scenarios;
using ByteFuse.Testing;

// crash [--rounds N] [--seed S] [--store DIR] [--filter NAME] [--target bytefuse|passthrough_hp]
int rounds = 3, seed = Random.Shared.Next();
string folder = Path.GetTempPath(), filter = "", target = "bytefuse";
for (int i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--seed": seed = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--store": folder = args[i + 1]; break;
        case "--filter": filter = args[i + 1]; break;
        case "--target": target = args[i + 1]; break;
        default: return Usage();
    }
}
if (args.Length % 2 != 0 || target is not ("bytefuse" or "passthrough_hp") || rounds < 1)
    return Usage();

Console.WriteLine($"crash: target {target}, {rounds} rounds, seed {seed}");
var report = new SuiteReport();
if ("checker".Contains(filter))
    CheckerTest.Run(report);
foreach (Scenario scenario in Scenario.All.Where(scenario => scenario.Name.Contains(filter)))
{
    report.Group(scenario.Name);
    long start = Stopwatch.GetTimestamp();
    if (scenario.NeedsByteFuse && target != "bytefuse")
        report.Skip(scenario.Name, "looks into ByteFUSE's own store");
    else
        scenario.Run(report, target, folder, rounds, seed);
    Console.WriteLine($"{scenario.Name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
}
return report.Close();

static int Usage()
{
    Console.Error.WriteLine("usage: crash [--rounds N] [--seed S] [--store DIR] [--filter NAME] [--target bytefuse|passthrough_hp]");
    return 2;
}
