namespace ByteFuse.Daemon;

/// <summary>GET /metrics: counters of the daemon and of all its mounts, in Prometheus' text format.</summary>
internal sealed class GetMetrics : IControlEndpoint
{
    /// <summary>The path.</summary>
    public const string Path = "/metrics";

    public string Method => "GET";

    public string Route => Path;

    public Task Answer(ControlCall call) => call.SendText(Metrics.Of(call.Node), "text/plain; version=0.0.4; charset=utf-8");
}
