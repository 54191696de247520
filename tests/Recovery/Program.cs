using System.Globalization;
using ByteFuse.Recovery;
using ByteFuse.Testing;

// recovery --store DIR --fuzz PROGRAM --workloads PROGRAM [--options MOUNT-OPTIONS] [--kills N] [--upgrades N] [--crashed-upgrades N]
//          [--loads NAME,NAME...] [--seed S] [--metadata postgresql] [--server-kills N]
int kills = 200, upgrades = 50, crashedUpgrades = 20, serverKills = 0, seed = Random.Shared.Next(1_000_000);
var onServer = false;
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
        case "--server-kills": serverKills = Number(args[i + 1]); break;
        case "--metadata" when args[i + 1] == "postgresql": onServer = true; break;
        case "--loads": loads = args[i + 1]; break;
        case "--seed": seed = Number(args[i + 1]); break;
        default: return Usage();
    }
}
if (args.Length % 2 != 0 || store.Length == 0 || fuzz.Length == 0 || workloads.Length == 0 || (serverKills > 0 && !onServer)) return Usage();

var report = new SuiteReport();
Console.WriteLine($"seed {seed}; {kills} kills, {upgrades} upgrades, {crashedUpgrades} crashes during an upgrade, {serverKills} kills of the server; mount options \"{options}\"");
var programs = new Programs(fuzz, workloads);
var plan = Plan.Make(kills, upgrades, crashedUpgrades, serverKills, new Random(seed));
new RecoveryRun(report, store, onServer, options, plan, seed).Execute(loads.Split(',').Select(name => Load.Named(name, programs, seed)).ToList());
return report.Close();

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: recovery --store DIR --fuzz PROGRAM --workloads PROGRAM [--options MOUNT-OPTIONS]
                        [--kills N] [--upgrades N] [--crashed-upgrades N] [--loads model,fio,fuzz,git,postgres,build] [--seed S]
                        [--metadata postgresql] [--server-kills N]
        Real programs at work on a mount whose daemon is killed and upgraded meanwhile: none of them may notice.
        """);
    return 2;
}
