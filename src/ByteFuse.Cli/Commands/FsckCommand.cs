using System.CommandLine;
using ByteFuse.Daemon;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>bytefuse fsck.</summary>
internal static class FsckCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "The volume, as for mount; it is not mounted." };
        var repair = new Option<bool>("--repair") { Description = "Mend what can be mended. File contents are never cut." };
        var json = CommonOptions.Json();
        var command = new Command("fsck", "Check that a volume is whole: names, inodes, counts, stored bytes.") { url, repair, json };
        command.SetAction(parsed =>
        {
            var volume = VolumeUrl.Parse(parsed.GetRequiredValue(url));
            var report = Check(volume, parsed.GetValue(repair));
            Print(volume, report, parsed.GetValue(json));
            return (int)(report.IsClean ? ExitCode.Success : ExitCode.Corrupt);
        });
        return command;
    }

    private static CheckReport Check(VolumeUrl volume, bool repair)
    {
        if (Console.IsErrorRedirected) return VolumeChecker.Check(volume, repair, _ => { }, Terminal.Warn);
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        CheckReport? report = null;
        terminal.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new SpinnerColumn()).Start(progress =>
        {
            // How many keys there are is known only at the end: a bar per phase that fills when the next one begins.
            ProgressTask? phase = null;
            report = VolumeChecker.Check(volume, repair, now =>
            {
                if (phase?.Description.StartsWith(now.Phase, StringComparison.Ordinal) != true)
                {
                    phase?.Value(phase.MaxValue).StopTask();
                    phase = progress.AddTask(now.Phase).IsIndeterminate();
                }
                phase.Description = $"{now.Phase} {now.Done:N0}";
            }, Terminal.Warn);
            phase?.StopTask();
        });
        return report!;
    }

    private static void Print(VolumeUrl volume, CheckReport report, bool json)
    {
        if (json)
        {
            CliJson.Print(
                new FsckReport(volume.ToString(), report.IsClean, report.Error == Errno.None ? null : report.Error.ToString(), report.Inodes,
                    report.Dentries, report.Orphans, report.StoredFiles, report.Strays, report.Found, report.Repaired, report.Problems),
                CliJson.Default.FsckReport);
            return;
        }
        foreach (var problem in report.Problems) Console.Out.WriteLine(problem);
        if (report.Found > report.Problems.Count) Console.Out.WriteLine($"... and {report.Found - report.Problems.Count} more");
        if (report.Error != Errno.None) Console.Error.WriteLine($"bytefuse: the check could not be finished: {report.Error}");
        Console.Out.WriteLine(
            $"{volume}: {(report.IsClean ? "clean" : "NOT clean")}; {report.Inodes} inodes, {report.Dentries} names, {report.StoredFiles} stored files, "
            + $"{report.Orphans} orphans, {report.Strays} strays; {report.Found} problems, {report.Repaired} repaired");
    }
}
