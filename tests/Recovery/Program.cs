using System.Globalization;
using ByteFuse.Recovery;
using ByteFuse.Testing;

// recovery --store DIR --fuzz PROGRAM --workloads PROGRAM [--options MOUNT-OPTIONS] [--kills N] [--upgrades N] [--crashed-upgrades N]
//          [--loads NAME,NAME...] [--seed S]
int kills = 200, upgrades = 50, crashedUpgrades = 20, seed = Random.Shared.Next(1_000_000);
string store = "", fuzz = "", workloads = "", options = "", loads = "model,fio,fuzz,git,postgres,build";
for (var i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--store": store = args[i + 1]; break;
        case "--fuzz": fuzz = args[i + 1]; break;
        case "--workloads": workloads = args[i + 1]; break;
        case "--options": options = args[i + 1]; break;
        case "--kills": kills = Number(args[i + 1]); break;
        case "--upgrades": upgrades = Number(args[i + 1]); break;
        case "--crashed-upgrades": crashedUpgrades = Number(args[i + 1]); break;
        case "--loads": loads = args[i + 1]; break;
        case "--seed": seed = Number(args[i + 1]); break;
        default: return Usage();
    }
}
if (args.Length % 2 != 0 || store.Length == 0 || fuzz.Length == 0 || workloads.Length == 0) return Usage();

var report = new SuiteReport();
Console.WriteLine($"seed {seed}; {kills} kills, {upgrades} upgrades, {crashedUpgrades} crashes during an upgrade; mount options \"{options}\"");
var programs = new Programs(fuzz, workloads);
var plan = Plan.Make(kills, upgrades, crashedUpgrades, new Random(seed));
new RecoveryRun(report, store, options, plan, seed).Execute(loads.Split(',').Select(name => Load.Named(name, programs, seed)).ToList());
return report.Close();

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: recovery --store DIR --fuzz PROGRAM --workloads PROGRAM [--options MOUNT-OPTIONS]
                        [--kills N] [--upgrades N] [--crashed-upgrades N] [--loads model,fio,fuzz,git,postgres,build] [--seed S]
        Real programs at work on a mount whose daemon is killed and upgraded meanwhile: none of them may notice.
        """);
    return 2;
}
