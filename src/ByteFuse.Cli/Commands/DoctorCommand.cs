using System.CommandLine;
using ByteFuse.Daemon;
using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>bytefuse doctor: what the machine offers, what each mount uses of it and why, and how to get more.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("doctor", "Show how mounts get their requests and why, and what to change on this machine.") { json };
        command.SetAction(parsed =>
        {
            var report = new DoctorReport(MachineCheck.All(), [.. RunDirectory.ReadAll().Where(RunDirectory.IsRunning).Select(Report)]);
            if (parsed.GetValue(json)) CliJson.Print(report, CliJson.Default.DoctorReport);
            else Print(report);
            // A report, not a judgement: what is advised is not needed.
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static DoctorMount Report(MountState mount) => new(
        mount.MountPoint, mount.Transport, mount.TransportReason, mount.TransportAdvice,
        mount.Passthrough, mount.PassthroughReason, mount.PassthroughAdvice);

    private static void Print(DoctorReport report)
    {
        var machine = new Table().Border(TableBorder.Minimal).AddColumns("Machine", "", "Advice");
        foreach (var check in report.Machine) machine.AddRow(Markup.Escape(check.Name), Markup.Escape(check.Finding), Markup.Escape(check.Advice ?? ""));
        Terminal.Output.Write(machine);
        if (report.Mounts.Count == 0) return;
        var mounts = new Table().Border(TableBorder.Minimal).AddColumns("Mount point", "Uses", "Why", "For the better one");
        foreach (var mount in report.Mounts)
        {
            mounts.AddRow(Markup.Escape(mount.MountPoint), mount.Transport, Markup.Escape(mount.Why), Markup.Escape(mount.Advice ?? ""));
            mounts.AddRow(
                "", mount.Passthrough ? "passthrough" : "no passthrough",
                Markup.Escape(mount.PassthroughWhy ?? ""), Markup.Escape(mount.PassthroughAdvice ?? ""));
        }
        Terminal.Output.Write(mounts);
    }
}
