using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>POST /v1/drain: as SIGTERM, unmounts everything and ends the daemon; answers at once.</summary>
internal sealed class PostDrain : IControlEndpoint
{
    public string Method => "POST";

    public string Route => "/v1/drain";

    public async Task Answer(ControlCall call)
    {
        await call.SendNothing(StatusCodes.Status202Accepted);
        call.Node.Stop();
    }
}
