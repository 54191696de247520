using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>Finds the daemon of a mount.</summary>
internal static class MountFinder
{
    /// <summary>What the latest daemon of a mount point announced, alive or dead; null where none did.</summary>
    public static MountState? Announced(string mountPoint) =>
        RunDirectory.ReadAll().Where(state => state.MountPoint == mountPoint).MaxBy(state => state.Started);

    /// <summary>The running daemon of the mount that holds a canonical path; null where none does.</summary>
    public static MountState? Holding(string path) =>
        RunDirectory.ReadAll().Where(RunDirectory.IsRunning)
            .Where(state => MountTable.IsWithin(path, state.MountPoint))
            .MaxBy(state => state.MountPoint.Length);

    /// <summary>The running daemon of a mount point, or the only one there is; a <see cref="Refusal"/> where that is not clear.</summary>
    public static MountState Running(string? mountPoint)
    {
        var running = RunDirectory.ReadAll().Where(RunDirectory.IsRunning).ToList();
        if (mountPoint is not null)
        {
            var path = MountPointCheck.Canonical(mountPoint);
            return running.LastOrDefault(state => state.MountPoint == path)
                ?? throw new Refusal(ExitCode.Failure, $"no daemon serves {mountPoint}");
        }
        return running.Count switch
        {
            0 => throw new Refusal(ExitCode.Failure, "nothing is mounted"),
            1 => running[0],
            _ => throw new Refusal(ExitCode.Usage, $"{running.Count} volumes are mounted: say which, for instance {running[0].MountPoint}"),
        };
    }
}
