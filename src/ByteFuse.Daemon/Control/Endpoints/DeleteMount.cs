using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>
/// DELETE /v1/mounts/{id}: unmounts; answers when the volume is closed and everything is durable, with ?lazy=true as soon as it is
/// out of the tree.
/// </summary>
internal sealed class DeleteMount : IControlEndpoint
{
    public string Method => "DELETE";

    public string Route => "/v1/mounts/{id}";

    public async Task Answer(ControlCall call)
    {
        var lazy = call.Query("lazy") switch
        {
            "" or "false" => false,
            "true" => true,
            _ => throw new ControlProblem(StatusCodes.Status400BadRequest, "lazy is true or false"),
        };
        var mount = call.Mount;
        await ControlCall.Blocking(() => call.Node.Mounts.Remove(mount, lazy));
        await call.SendNothing();
    }
}
