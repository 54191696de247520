using System.CommandLine;
using System.Diagnostics;
using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>bytefuse umount.</summary>
internal static class UmountCommand
{
    /// <summary>How long a daemon may take to make everything durable and end.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The mount point." };
        var lazy = new Option<bool>("--lazy", "-l") { Description = "Out of the tree now, although it is in use; the daemon ends with its last user." };
        var json = CommonOptions.Json();
        var command = new Command("umount", "Unmount; returns when the volume is closed and everything is durable.") { directory, lazy, json };
        command.SetAction(parsed =>
        {
            var mountPoint = Unmount(parsed.GetRequiredValue(directory), parsed.GetValue(lazy));
            if (parsed.GetValue(json)) CliJson.Print(new UmountReport(mountPoint), CliJson.Default.UmountReport);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static string Unmount(string directory, bool lazy)
    {
        var path = MountPointCheck.Canonical(directory);
        var state = MountFinder.Announced(path);
        var mounted = MountTable.At(path);
        if (mounted is null || (state is null && mounted.Type != MountTable.DefaultType))
            throw new Refusal(ExitCode.Failure, mounted is null ? $"{directory} is not mounted" : $"{directory} is no ByteFUSE mount ({mounted.Type})");
        var unmounted = MountCalls.Unmount(path, lazy ? MountCalls.Detach : 0);
        if (unmounted.Error == Errno.EBUSY) throw new Refusal(ExitCode.Busy, $"{directory} is in use; --lazy unmounts it all the same");
        if (unmounted.Error == Errno.EPERM) throw new Refusal(ExitCode.Failure, "unmounting needs root");
        if (!unmounted.Succeeded) throw new Refusal(ExitCode.Failure, $"{directory} could not be unmounted: {unmounted.Error}");
        if (state is not null) AwaitEnd(state, directory, lazy);
        return path;
    }

    private static void AwaitEnd(MountState state, string directory, bool lazy)
    {
        var started = Stopwatch.GetTimestamp();
        while (RunDirectory.IsRunning(state))
        {
            // Its users decide how long it goes on.
            if (lazy) return;
            if (Stopwatch.GetElapsedTime(started) > CloseTimeout)
                throw new Refusal(ExitCode.Busy, $"{directory} is unmounted here, but its daemon (pid {state.Pid}) is still at work: another mount namespace may use it");
            Thread.Sleep(PollInterval);
        }
        // What a killed daemon left.
        RunDirectory.Remove(state.Id);
    }
}
