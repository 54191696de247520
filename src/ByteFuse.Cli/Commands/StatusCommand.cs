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
        // From the state files: a daemon that does not answer must not keep the mounts of others from being seen.
        var states = RunDirectory.ReadAll().OrderBy(state => state.Started).ToList();
        using var client = File.Exists(RunDirectory.ControlSocket) ? ControlClient.OfNode() : null;
        var daemon = client?.TryStatus();
        var mounts = states.Select(state => Report(state, daemon is null || state.Pid != daemon.Pid ? null : client!.TryMount(state.Id)?.RequestsInFlight)).ToList();
        if (json)
        {
            CliJson.Print(new StatusReport(daemon, new KeeperReport(daemon?.KeeperPid), mounts), CliJson.Default.StatusReport);
            return;
        }
        if (daemon is not null)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"daemon: pid {daemon.Pid}, version {daemon.Version}, {daemon.Reactors} reactors, {daemon.ResidentBytes >> 20} MiB resident"));
            Console.Out.WriteLine($"sandbox: {daemon.Sandbox}");
            if (daemon.KeeperPid is { } keeper) Console.Out.WriteLine($"keeper: pid {keeper}, {Restarts(daemon.Restarts)}");
        }
        if (mounts.Count == 0)
        {
            Console.Out.WriteLine("nothing is mounted");
            return;
        }
        var table = new Table().Border(TableBorder.Minimal).AddColumns("Mount point", "Source", "State", "Pid", "Transport", "In flight", "Since");
        foreach (var mount in mounts)
        {
            table.AddRow(
                Markup.Escape(mount.MountPoint), Markup.Escape(mount.Source), mount.State, mount.Pid.ToString(CultureInfo.InvariantCulture),
                mount.Transport, mount.RequestsInFlight?.ToString(CultureInfo.InvariantCulture) ?? "?", mount.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }
        Terminal.Output.Write(table);
    }

    private static void ShowOne(string mountPoint, bool json)
    {
        var mount = MountFinder.Running(mountPoint);
        using var client = new ControlClient(mount);
        var status = client.Mount(mount.Id);
        if (json)
        {
            CliJson.Print(status, CliJson.Default.MountReply);
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

    private static string Restarts(IReadOnlyList<KeeperRestart> restarts)
    {
        if (restarts.Count == 0) return "no restarts";
        var last = restarts[^1];
        return string.Create(CultureInfo.InvariantCulture, $"{restarts.Count} restarts, the last {last.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss}: {last.Reason}");
    }

    private static MountLine Report(MountState state, int? requestsInFlight) => new(
        state.Id, state.MountPoint, state.Source, state.Pid, state.Transport, state.Started, StateOf(state), state.LogFile, requestsInFlight);

    private static string StateOf(MountState state)
    {
        if (!RunDirectory.IsRunning(state)) return "dead";
        return MountTable.At(state.MountPoint) is null ? "unmounting" : "mounted";
    }
}
