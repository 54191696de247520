using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>POST /v1/mounts: mounts a volume; answers when the mount is ready.</summary>
internal sealed class PostMount : IControlEndpoint
{
    public string Method => "POST";

    public string Route => "/v1/mounts";

    public async Task Answer(ControlCall call)
    {
        var node = call.Node;
        if (!node.IsNode) throw new Refusal(ExitCode.Busy, $"the daemon with pid {Environment.ProcessId} serves one mount in the foreground, and no other");
        var plan = Plan(await call.Body(ControlJson.Default.MountRequest));
        if (node.Options.ConflictWith(plan.Options, node.Resources.Reactors.Reactors.Count) is { } inForce)
        {
            if (node.TryGiveWay()) throw new DaemonEnding();
            throw new Refusal(ExitCode.Busy,
                $"the daemon of this node (pid {Environment.ProcessId}) has {inForce}, for all its mounts: leave that option out, "
                + $"or mount with another {RunDirectory.Variable}, which has a daemon of its own");
        }
        var mount = await ControlCall.Blocking(() => node.Mounts.Add(plan));
        await call.Send(mount.State, ControlJson.Default.MountState, StatusCodes.Status201Created);
    }

    private static MountPlan Plan(MountRequest request)
    {
        if (request.Url is not { } url) throw new Refusal(ExitCode.Usage, "url is missing");
        if (request.MountPoint is not { } mountPoint || !mountPoint.StartsWith('/') || mountPoint.Contains('\0'))
            throw new Refusal(ExitCode.Usage, "mountPoint is no absolute path");
        return MountPlan.Parse(url, mountPoint, [.. (request.Options ?? []).Select(option => option ?? throw new Refusal(ExitCode.Usage, "an option is null"))]);
    }
}
