using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse mount.</summary>
internal static class MountCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "The volume: file:///DIRECTORY or postgres://USER@HOST/DATABASE?volume=NAME." };
        var directory = new Argument<string>("DIR") { Description = "The mount point, an empty directory." };
        var options = new Option<string[]>("-o", "--options") { Description = "Mount options, comma-separated, as for mount(8).", HelpName = "OPTIONS" };
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Serve in this process, log to stderr; end it with SIGTERM or Ctrl-C." };
        var json = CommonOptions.Json();
        var command = new Command("mount", "Mount a volume; returns when the mount is ready.") { url, directory, options, foreground, json };
        command.SetAction(parsed =>
        {
            var mountPoint = parsed.GetRequiredValue(directory);
            var plan = MountPlan.Parse(parsed.GetRequiredValue(url), mountPoint.Length > 0 ? Path.GetFullPath(mountPoint) : "", parsed.GetValue(options) ?? []);
            if (mountPoint.Length == 0) throw new Refusal(ExitCode.Usage, "the mount point is an empty path");
            if (parsed.GetValue(foreground)) return (int)Serve(plan);
            var state = NodeMount.Mount(plan);
            if (parsed.GetValue(json)) CliJson.Print(state, CliJson.Default.MountState);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static ExitCode Serve(MountPlan plan)
    {
        if (plan.Options.Sandbox ?? true) Sandbox.Enter();
        return NodeDaemon.RunAlone(plan, new Log(StreamLogSink.Foreground(plan.Options.LogFile)));
    }
}
