using System.Diagnostics;
using ByteFuse.Linux;

namespace ByteFuse.Transports.Tests;

/// <summary>
/// Another process that locks a file by flock(1), on the first CPU. It is no thread of ours: a thread that waits for a
/// lock would keep this process, which serves the mount, from ending after a failure.
/// </summary>
internal sealed class LockingShell : IDisposable
{
    private readonly Process shell;

    /// <summary>Starts to lock; <see cref="Line"/> is "locked" when it has, and "refused" where it cannot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keeps">Until <see cref="Unlock"/>; else it unlocks at once, by ending.</param>
    public LockingShell(string path, bool keeps)
    {
        var start = new ProcessStartInfo("taskset") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var script = "exec 9<>\"$0\"; flock -x 9 && echo locked || echo refused"
            + (keeps ? "; read -r line; flock -u 9; echo unlocked; read -r line" : "");
        foreach (var argument in (ReadOnlySpan<string>)["-c", $"{Processors.Usable()[0]}", "bash", "-c", script, path]) start.ArgumentList.Add(argument);
        shell = Process.Start(start)!;
    }

    /// <summary>The next line that it says; null after 20 seconds.</summary>
    public string? Line()
    {
        var line = shell.StandardOutput.ReadLineAsync();
        return line.Wait(TimeSpan.FromSeconds(20)) ? line.Result : null;
    }

    /// <summary>Has it unlock.</summary>
    public void Unlock()
    {
        shell.StandardInput.WriteLine();
        shell.StandardInput.Flush();
    }

    public void Dispose()
    {
        shell.Kill();
        shell.Dispose();
    }
}
