namespace ByteFuse.Daemon;

/// <summary>GET /v1/mounts/{id}/stats: counters of a mount since it is there.</summary>
internal sealed class GetMountStats : IControlEndpoint
{
    public string Method => "GET";

    public string Route => "/v1/mounts/{id}/stats";

    public Task Answer(ControlCall call) => call.Send(new MountReport(call.Mount).Stats(), ControlJson.Default.StatsReply);
}
