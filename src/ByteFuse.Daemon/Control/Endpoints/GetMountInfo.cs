using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>GET /v1/mounts/{id}/info?path=: what lies behind a path from the root of the volume.</summary>
internal sealed class GetMountInfo : IControlEndpoint
{
    public string Method => "GET";

    public string Route => "/v1/mounts/{id}/info";

    public async Task Answer(ControlCall call)
    {
        var (mount, path) = (call.Mount, call.Query("path"));
        var problem = "the volume is being closed";
        var found = await ControlCall.Blocking(() => mount.Session.Use(volume => new MountReport(mount).Info(volume, path, out problem)));
        if (found is null) throw new ControlProblem(StatusCodes.Status404NotFound, problem);
        await call.Send(found, ControlJson.Default.InfoReply);
    }
}
