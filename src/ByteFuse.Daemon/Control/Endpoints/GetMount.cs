namespace ByteFuse.Daemon;

/// <summary>GET /v1/mounts/{id}: a mount in detail.</summary>
internal sealed class GetMount : IControlEndpoint
{
    public string Method => "GET";

    public string Route => "/v1/mounts/{id}";

    public Task Answer(ControlCall call) => call.Send(new MountReport(call.Mount).Details(), ControlJson.Default.MountReply);
}
