using System.CommandLine;
using System.Diagnostics;
using ByteFuse.Daemon;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Cli;

/// <summary>bytefuse umount.</summary>
internal static class UmountCommand
{
    /// <summary>How long a daemon of one mount may take to end once its volume is closed.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

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
        if (state is not null && RunDirectory.IsRunning(state)) Ask(state, lazy);
        else UnmountDead(path, directory, lazy, state);
        return path;
    }

    private static void Ask(MountState state, bool lazy)
    {
        using var client = new ControlClient(state);
        client.Unmount(state.Id, lazy);
        // A daemon of one mount ends with it, and whoever waited for the command may wait for the process.
        if (state.ControlSocket == RunDirectory.ControlSocket || lazy) return;
        var started = Stopwatch.GetTimestamp();
        while (RunDirectory.IsRunning(state) && Stopwatch.GetElapsedTime(started) < EndTimeout) Thread.Sleep(PollInterval);
    }

    // What a killed daemon left, or one that is not known here.
    private static void UnmountDead(string path, string directory, bool lazy, MountState? state)
    {
        var unmounted = MountTree.Unmount(path, lazy ? MountCalls.Detach : 0);
        if (unmounted.Error == Errno.EBUSY) throw new Refusal(ExitCode.Busy, $"{directory} is in use; --lazy unmounts it all the same");
        if (unmounted.Error == Errno.EPERM) throw new Refusal(ExitCode.Failure, "unmounting needs root, or the user who mounted it");
        if (!unmounted.Succeeded) throw new Refusal(ExitCode.Failure, $"{directory} could not be unmounted: {unmounted.Error}");
        if (state is not null) RunDirectory.Remove(state.Id);
    }
}
