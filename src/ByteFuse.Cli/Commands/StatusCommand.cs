using System.CommandLine;
using System.Globalization;
using ByteFuse.Daemon;
using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>bytefuse status.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var directory = new Argument<string?>("DIR") { Description = "A mount point, for details of it.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var command = new Command("status", "Show what is mounted.") { directory, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(directory) is { } mountPoint) ShowOne(mountPoint, parsed.GetValue(json));
            else ShowAll(parsed.GetValue(json));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static void ShowAll(bool json)
    {
        // From the state files alone: a daemon that does not answer must not keep the others from being seen.
        var mounts = RunDirectory.ReadAll().Select(Report).ToList();
        if (json)
        {
            CliJson.Print(new StatusReport(mounts), CliJson.Default.StatusReport);
            return;
        }
        if (mounts.Count == 0)
        {
            Console.Out.WriteLine("nothing is mounted");
            return;
        }
        var table = new Table().Border(TableBorder.Minimal).AddColumns("Mount point", "Source", "State", "Pid", "Transport", "Since");
        foreach (var mount in mounts)
        {
            table.AddRow(
                Markup.Escape(mount.MountPoint), Markup.Escape(mount.Source), mount.State, mount.Pid.ToString(CultureInfo.InvariantCulture),
                mount.Transport, mount.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }
        Terminal.Output.Write(table);
    }

    private static void ShowOne(string mountPoint, bool json)
    {
        using var client = new ControlClient(MountFinder.Running(mountPoint));
        var status = client.Status();
        if (json)
        {
            CliJson.Print(status, CliJson.Default.StatusReply);
            return;
        }
        var grid = new Grid().AddColumns(2);
        void Row(string name, object value) => grid.AddRow(name, Markup.Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        Row("mount point", status.MountPoint);
        Row("source", status.Source);
        Row("volume", status.Volume);
        Row("pid", status.Pid);
        Row("version", status.Version);
        Row("transport", $"{status.Transport}, FUSE 7.{status.ProtocolMinor}, {status.Reactors} reactors, max_write {status.MaxWrite >> 10} KiB");
        Row("passthrough", status.Passthrough ? $"on, {status.BackingFiles} files: {status.PassthroughReason}" : $"off: {status.PassthroughReason}");
        Row("since", status.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        Row("access", status.ReadOnly ? "read-only" : "read-write");
        Row("open files", $"{status.OpenFiles}, {status.Orphans} of them without a name");
        Row("requests", $"{status.RequestsInFlight} in flight, {status.ParkedRequests} waiting for locks");
        Row("memory", $"{status.ResidentBytes >> 20} MiB resident");
        Terminal.Output.Write(grid);
    }

    private static MountReport Report(MountState state) => new(
        state.Id, state.MountPoint, state.Source, state.Pid, state.Transport, state.Started, StateOf(state), state.LogFile);

    private static string StateOf(MountState state)
    {
        if (!RunDirectory.IsRunning(state)) return "dead";
        return MountTable.At(state.MountPoint) is null ? "unmounting" : "mounted";
    }
}
