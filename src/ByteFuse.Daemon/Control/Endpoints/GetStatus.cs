namespace ByteFuse.Daemon;

/// <summary>GET /v1/status: the daemon.</summary>
internal sealed class GetStatus : IControlEndpoint
{
    public string Method => "GET";

    public string Route => "/v1/status";

    public Task Answer(ControlCall call)
    {
        var node = call.Node;
        return call.Send(
            new DaemonReply
            {
                Pid = Environment.ProcessId,
                Version = DaemonVersion.Text,
                Started = node.Started,
                Kind = node.IsNode ? "node" : "mount",
                KeeperPid = node.Resources.Keeper?.KeeperPid,
                Program = Environment.ProcessPath!,
                StoodBy = node.StoodBy,
                Restarts = node.Resources.Keeper?.Restarts ?? [],
                Sandbox = SandboxReport.Read(node.Options.Sandbox),
                MountNamespace = MountNamespace.Own,
                RunDirectory = RunDirectory.Folder,
                Reactors = node.Resources.Reactors.Reactors.Count,
                BusyPollMicroseconds = (long)node.Options.BusyPoll.TotalMicroseconds,
                LogFile = node.Options.LogFile,
                LogLevel = node.Log.Level.ToText(),
                IdleTimeoutSeconds = node.IsNode ? node.Options.IdleTimeout?.TotalSeconds : null,
                UringMemory = node.Options.UringMemory,
                UringMemoryLeft = node.Resources.UringMemory.Left,
                Mounts = node.Mounts.All.Count,
                ResidentBytes = Environment.WorkingSet,
            },
            ControlJson.Default.DaemonReply);
    }
}
