using System.Diagnostics;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>Has the node's daemon mount something, and starts it where there is none.</summary>
internal static class NodeMount
{
    /// <summary>How long a daemon that is starting or ending may be in the way: its own patience with requests in hand.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Mounts; returns when the mount is ready.</summary>
    public static MountState Mount(MountPlan plan)
    {
        NodeDaemon.RequireMounting();
        RunDirectory.Prepare();
        var request = new MountRequest { Url = plan.Url.ToString(), MountPoint = plan.MountPoint, Options = Options(plan) };
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            if (TryAsk(request) is { } state) return state;
            StartDaemon(plan.Options);
        }
        throw new Refusal(ExitCode.Failure, $"a daemon holds {RunDirectory.LockFile} and does not answer on {RunDirectory.ControlSocket}");
    }

    // The daemon has another working directory.
    private static IReadOnlyList<string> Options(MountPlan plan) =>
        plan.Options.LogFile is { } file ? [plan.OptionText, $"logfile=\"{file}\""] : [plan.OptionText];

    private static MountState? TryAsk(MountRequest request)
    {
        // Nobody has ever listened there: most often in a moment there will be somebody.
        if (!File.Exists(RunDirectory.ControlSocket)) return null;
        using var client = ControlClient.OfNode();
        if (client.TryStatus() is { } daemon && daemon.MountNamespace != MountNamespace.Own)
        {
            throw new Refusal(ExitCode.Busy,
                $"the daemon of this node (pid {daemon.Pid}) runs in another mount namespace, where its mounts are: set {RunDirectory.Variable} for one here");
        }
        return client.TryMount(request);
    }

    // Somebody else may start one in this very moment, or an earlier one be about to end: then that is waited for.
    private static void StartDaemon(ParsedMountOptions options)
    {
        try
        {
            Background.Start(NodeOptions.WantedBy(options));
        }
        catch (Refusal refusal) when (refusal.Code == ExitCode.Busy)
        {
            Thread.Sleep(Pause);
        }
    }
}
