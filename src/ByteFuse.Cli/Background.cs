using System.Diagnostics;
using System.Text;
using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>
/// A daemon in the background: this program started again in a session of its own, which says "ready" on its stdout when the
/// mount is. Until then its stderr is ours; a runtime with threads cannot fork.
/// </summary>
internal static class Background
{
    /// <summary>Tells the child that it is one.</summary>
    public const string ChildOption = "--detached-child";

    private const string Ready = "ready ";

    // A log in /run is in memory: bounded, and only where neither a syslog nor logfile= takes the lines.
    private const long MaximumRunLog = 1 << 20;

    /// <summary>Starts the daemon and returns when its mount is ready; its refusal is ours.</summary>
    public static MountState Start(VolumeUrl url, string mountPoint, IEnumerable<string> options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (ReadOnlySpan<string>)["mount", url.ToString(), mountPoint, ChildOption]) start.ArgumentList.Add(argument);
        foreach (var option in options)
        {
            start.ArgumentList.Add("-o");
            start.ArgumentList.Add(option);
        }
        using var child = Process.Start(start) ?? throw new IOException("the daemon could not be started");
        child.StandardInput.Close();
        var errors = new StringBuilder();
        child.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        child.BeginErrorReadLine();
        var answer = child.StandardOutput.ReadLine();
        if (answer is not null && answer.StartsWith(Ready, StringComparison.Ordinal))
        {
            var id = answer[Ready.Length..];
            return RunDirectory.ReadAll().FirstOrDefault(state => state.Id == id)
                ?? throw new Refusal(ExitCode.Failure, $"the daemon of {mountPoint} ended at once");
        }
        child.WaitForExit();
        throw Refused(child.ExitCode, errors.ToString().Trim());
    }

    /// <summary>What the child does.</summary>
    public static ExitCode Serve(MountPlan plan)
    {
        ProcessCalls.StartSession();
        var log = new Log(StreamLogSink.StandardError);
        return MountDaemon.Run(plan, log, state => Detach(plan, state, log));
    }

    private static Refusal Refused(int exitCode, string errors)
    {
        var code = Enum.IsDefined((ExitCode)exitCode) && exitCode != 0 ? (ExitCode)exitCode : ExitCode.Failure;
        var line = errors.Split('\n').LastOrDefault(text => text.StartsWith("bytefuse: ", StringComparison.Ordinal));
        return new Refusal(code, line?["bytefuse: ".Length..] ?? $"the daemon ended with exit code {exitCode}: {errors}");
    }

    private static void Detach(MountPlan plan, MountState state, Log log)
    {
        // A crash still prints to descriptor 2, so that it is the log file where there is one.
        var file = plan.Options.LogFile ?? RunDirectory.FileOf(state.Id, ".log");
        var syslog = plan.Options.LogFile is null ? SyslogSink.TryOpen() : null;
        log.Redirect(syslog ?? (ILogSink)StreamLogSink.File(file, plan.Options.LogFile is null ? MaximumRunLog : long.MaxValue));
        Console.Out.WriteLine(Ready + state.Id);
        Console.Out.Flush();
        Replace("/dev/null", OpenFlags.ReadWrite, 0, 1);
        Replace(file, OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.Create, 2);
    }

    private static void Replace(string path, int flags, params ReadOnlySpan<int> descriptors)
    {
        var opened = FileCalls.Open(path, flags, 0x180);
        if (!opened.Succeeded) throw new Refusal(ExitCode.Failure, $"{path}: {opened.Error}");
        foreach (var descriptor in descriptors) FileCalls.Replace(opened.Value, descriptor);
        FileCalls.Close(opened.Value);
    }
}
