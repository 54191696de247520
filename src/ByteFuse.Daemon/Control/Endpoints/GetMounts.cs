namespace ByteFuse.Daemon;

/// <summary>GET /v1/mounts: what is mounted.</summary>
internal sealed class GetMounts : IControlEndpoint
{
    public string Method => "GET";

    public string Route => "/v1/mounts";

    public async Task Answer(ControlCall call)
    {
        var mounts = await ControlCall.Blocking(() =>
        {
            call.Node.Mounts.LookAround();
            return call.Node.Mounts.All;
        });
        await call.Send(new MountsReply([.. mounts.Select(mount => mount.State)]), ControlJson.Default.MountsReply);
    }
}
