using System.CommandLine;
using System.Diagnostics;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse upgrade: another program's daemon goes on with the mounts of the one that runs.</summary>
internal static class UpgradeCommand
{
    /// <summary>How long the successor may take, or after it the daemon that comes back: each opens every volume.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Command Create()
    {
        var binary = new Option<string?>("--binary") { Description = "The program of the next daemon (default: this one).", HelpName = "PATH" };
        var keeper = new Option<bool>("--keeper") { Description = "First have a keeper of that program go on in the place of the one that runs." };
        var json = CommonOptions.Json();
        var command = new Command("upgrade", "Have this version's daemon, or another's, go on with the mounts of the one that runs.") { binary, keeper, json };
        command.SetAction(parsed =>
        {
            var program = Path.GetFullPath(parsed.GetValue(binary) ?? Environment.ProcessPath!);
            if (parsed.GetValue(keeper)) UpgradeKeeper(program);
            var after = Upgrade(program);
            if (parsed.GetValue(json)) CliJson.Print(after, CliJson.Default.DaemonReply);
            else Console.Out.WriteLine($"daemon: pid {after.Pid}, version {after.Version}, {after.Mounts} mounts");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static void UpgradeKeeper(string program)
    {
        if (!File.Exists(program)) throw new Refusal(ExitCode.Usage, $"{program} is not there");
        Background.StartSuccessor(program);
    }

    private static DaemonReply Upgrade(string program)
    {
        using var client = ControlClient.OfNode();
        var before = client.Status();
        client.Upgrade(program);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            Thread.Sleep(Pause);
            if (client.TryStatus() is not { } after || after.Pid == before.Pid) continue;
            var end = after.Restarts is [.., var latest] ? latest.Reason : "its keeper is gone";
            if (end == KeeperRestart.UpgradeTo(program)) return after;
            throw new Refusal(ExitCode.Failure, $"{program} did not come to serve ({end}); the daemon of {after.Program} goes on");
        }
        throw new Refusal(ExitCode.Failure, "no daemon answers; see the log of the keeper");
    }
}
