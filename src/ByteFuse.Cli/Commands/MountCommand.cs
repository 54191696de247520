using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse mount.</summary>
internal static class MountCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "The volume: file:///DIRECTORY." };
        var directory = new Argument<string>("DIR") { Description = "The mount point, an empty directory." };
        var options = new Option<string[]>("-o", "--options") { Description = "Mount options, comma-separated, as for mount(8).", HelpName = "OPTIONS" };
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Serve in this process, log to stderr; end it with SIGTERM or Ctrl-C." };
        var detached = new Option<bool>(Background.ChildOption) { Hidden = true };
        var json = CommonOptions.Json();
        var command = new Command("mount", "Mount a volume; returns when the mount is ready.") { url, directory, options, foreground, json, detached };
        command.SetAction(parsed =>
        {
            var parsedOptions = MountOptionList.Parse(parsed.GetValue(options) ?? []);
            var plan = new MountPlan(VolumeUrl.Parse(parsed.GetRequiredValue(url)), parsed.GetRequiredValue(directory), parsedOptions);
            if (parsed.GetValue(detached)) return (int)Background.Serve(plan);
            if (parsed.GetValue(foreground)) return (int)Serve(plan);
            var state = Background.Start(plan.Url, Path.GetFullPath(plan.MountPoint), parsed.GetValue(options) ?? []);
            if (parsed.GetValue(json)) CliJson.Print(state, CliJson.Default.MountState);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static ExitCode Serve(MountPlan plan)
    {
        var sink = plan.Options.LogFile is { } file ? StreamLogSink.File(file) : StreamLogSink.StandardError;
        return MountDaemon.Run(plan, new Log(sink), _ => { });
    }
}
