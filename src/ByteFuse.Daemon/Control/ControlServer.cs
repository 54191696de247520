using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ByteFuse.Daemon;

/// <summary>
/// HTTP/1.1 and JSON on a Unix socket that root alone may use (docs/control-api.md), and metrics on a port of the loopback interface
/// where they are wanted. It runs on the runtime's thread pool, never on a reactor, and reads counters without stopping anybody.
/// </summary>
internal sealed class ControlServer : IDisposable
{
    /// <summary>Connections at once: a few commands and monitors, and the mounts of an fstab; more are refused.</summary>
    private const long MaximumConnections = 128;

    /// <summary>Bytes in a request's body: a mount with its options.</summary>
    private const long MaximumBody = 64 << 10;

    /// <summary>Bytes in a request's first line: a path of 4 KiB, each byte of it escaped.</summary>
    private const int MaximumRequestLine = 16 << 10;

    /// <summary>Bytes of a body in a second, once <see cref="SlowClientTimeout"/> is over.</summary>
    private const double SlowestBody = 1 << 10;

    /// <summary>How long a client may take to send its headers, and to begin with its body.</summary>
    private static readonly TimeSpan SlowClientTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may stay without a request.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication application;

    private ControlServer(WebApplication application) => this.application = application;

    /// <summary>Listens on a socket in the run directory, and on the port that the daemon's options name.</summary>
    public static ControlServer Start(NodeDaemon node, string socket)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // The daemon handles signals; the host's own lifetime would end it under our feet.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            SetLimits(options);
            options.ListenUnixSocket(socket, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.Use(next => connection => Admit(connection, next, node.Log));
            });
            if (node.Options.MetricsPort is { } port) options.Listen(IPAddress.Loopback, port, listener => listener.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        application.Run(context => Answer(context, node));
        File.Delete(socket);
        try
        {
            application.StartAsync().GetAwaiter().GetResult();
        }
        catch (IOException problem)
        {
            ((IDisposable)application).Dispose();
            throw new Refusal(ExitCode.Failure, $"the daemon cannot listen: {problem.Message}");
        }
        // The directory is its owner's alone, and peers are asked who they are: nobody slipped in before this.
        File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new ControlServer(application);
    }

    /// <summary>Takes no more requests: what they ask about goes next.</summary>
    public void Stop()
    {
        using var patience = new CancellationTokenSource(StopTimeout);
        application.StopAsync(patience.Token).GetAwaiter().GetResult();
    }

    public void Dispose() => ((IDisposable)application).Dispose();

    private static void SetLimits(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = MaximumConnections;
        options.Limits.MaxRequestBodySize = MaximumBody;
        options.Limits.MaxRequestLineSize = MaximumRequestLine;
        options.Limits.RequestHeadersTimeout = SlowClientTimeout;
        options.Limits.MinRequestBodyDataRate = new MinDataRate(SlowestBody, SlowClientTimeout);
        options.Limits.KeepAliveTimeout = KeepAliveTimeout;
    }

    private static Task Admit(ConnectionContext connection, ConnectionDelegate next, Log log)
    {
        var user = uint.MaxValue;
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && PeerCheck.MayAsk(socket, out user)) return next(connection);
        log.Warning("control_peer_refused", ("uid", user));
        connection.Abort();
        return Task.CompletedTask;
    }

    private static async Task Answer(HttpContext context, NodeDaemon node)
    {
        try
        {
            // On a port, anybody on this machine may ask.
            if (context.Connection.LocalIpAddress is not null && context.Request.Path != GetMetrics.Path)
                throw new ControlProblem(StatusCodes.Status404NotFound, "only metrics are served here");
            var endpoint = ControlRoutes.Find(context.Request.Method, context.Request.Path.Value ?? "", out var id);
            await endpoint.Answer(new ControlCall(context, node, id));
        }
        catch (Exception problem) when (!context.Response.HasStarted)
        {
            await Refuse(context, problem, node.Log);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone.
        }
    }

    private static Task Refuse(HttpContext context, Exception problem, Log log)
    {
        if (problem is OperationCanceledException) return Task.CompletedTask;
        var (status, code) = problem switch
        {
            Refusal refusal => (StatusOf(refusal.Code), refusal.Code),
            ControlProblem control => (control.Status, ExitCode.Failure),
            DaemonEnding => (StatusCodes.Status503ServiceUnavailable, ExitCode.Busy),
            Microsoft.AspNetCore.Http.BadHttpRequestException bad => (bad.StatusCode, ExitCode.Failure),
            _ => (StatusCodes.Status500InternalServerError, ExitCode.Failure),
        };
        if (status == StatusCodes.Status500InternalServerError) log.Error("control_request_failed", ("path", context.Request.Path), ("exception", problem));
        return ControlReply.Send(context, new ErrorReply(problem.Message, (int)code), ControlJson.Default.ErrorReply, status);
    }

    private static int StatusOf(ExitCode code) => code switch
    {
        ExitCode.Usage => StatusCodes.Status400BadRequest,
        ExitCode.Busy => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
