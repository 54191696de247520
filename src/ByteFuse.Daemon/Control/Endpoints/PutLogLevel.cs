using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>PUT /v1/log-level: which lines are logged from now on.</summary>
internal sealed class PutLogLevel : IControlEndpoint
{
    public string Method => "PUT";

    public string Route => "/v1/log-level";

    public async Task Answer(ControlCall call)
    {
        var request = await call.Body(ControlJson.Default.LogLevelRequest);
        call.Node.Log.Level = LogLevelText.Parse(request.Level)
            ?? throw new ControlProblem(StatusCodes.Status400BadRequest, "level is error, warning or information");
        await call.SendNothing();
    }
}
