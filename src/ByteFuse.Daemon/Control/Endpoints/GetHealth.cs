using ByteFuse.Reactor;
using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>GET /v1/health: whether every reactor comes round to what it is asked; 503 where one does not.</summary>
internal sealed class GetHealth : IControlEndpoint
{
    /// <summary>How long a reactor may take: far longer than any of its turns, and shorter than a monitor's patience.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Method => "GET";

    public string Route => "/v1/health";

    public async Task Answer(ControlCall call)
    {
        var pings = call.Node.Resources.Reactors.Reactors.Select(reactor =>
        {
            var ping = new Ping();
            reactor.Post(ping);
            return ping.Done;
        }).ToList();
        await Task.WhenAny(Task.WhenAll(pings), Task.Delay(Patience));
        var answered = pings.Count(ping => ping.IsCompleted);
        var isWell = answered == pings.Count;
        await call.Send(
            new HealthReply(isWell ? "ok" : "stuck", answered, SandboxReport.Read(call.Node.Options.Sandbox).State), ControlJson.Default.HealthReply,
            isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private sealed class Ping : ReactorWork
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => done.Task;

        public override void Execute() => done.TrySetResult();
    }
}
