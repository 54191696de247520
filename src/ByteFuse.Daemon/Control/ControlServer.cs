using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ByteFuse.Daemon;

/// <summary>
/// HTTP/1.1 and JSON on a Unix socket that root alone may use. It runs on the runtime's thread pool, never on a reactor, and
/// reads counters without stopping anybody.
/// </summary>
public sealed class ControlServer : IDisposable
{
    /// <summary>Connections at once: a few commands and a monitor; more are refused.</summary>
    private const long MaximumConnections = 32;

    /// <summary>Bytes in a request's body: no request has one.</summary>
    private const long MaximumBody = 64 << 10;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication application;

    private ControlServer(WebApplication application) => this.application = application;

    /// <summary>Listens on the socket that <paramref name="state"/> names.</summary>
    public static ControlServer Start(MountSession session, MountState state, Log log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // The daemon handles signals; the host's own lifetime would end it under our feet.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxConcurrentConnections = MaximumConnections;
            options.Limits.MaxRequestBodySize = MaximumBody;
            options.AddServerHeader = false;
            options.ListenUnixSocket(state.ControlSocket, listener => listener.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        var endpoints = new ControlEndpoints(session, state);
        application.Run(context => Answer(context, endpoints, log));
        File.Delete(state.ControlSocket);
        application.StartAsync().GetAwaiter().GetResult();
        File.SetUnixFileMode(state.ControlSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new ControlServer(application);
    }

    /// <summary>Takes no more requests: the volume is closed next.</summary>
    public void Stop()
    {
        using var patience = new CancellationTokenSource(StopTimeout);
        application.StopAsync(patience.Token).GetAwaiter().GetResult();
    }

    public void Dispose() => ((IDisposable)application).Dispose();

    private static async Task Answer(HttpContext context, ControlEndpoints endpoints, Log log)
    {
        try
        {
            await Route(context, endpoints);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            log.Error("control_request_failed", ("path", context.Request.Path), ("exception", fault));
            if (!context.Response.HasStarted) await Send(context, StatusCodes.Status500InternalServerError, new ErrorReply(fault.Message), ControlJson.Default.ErrorReply);
        }
    }

    private static Task Route(HttpContext context, ControlEndpoints endpoints)
    {
        if (context.Request.Method != HttpMethods.Get)
            return Send(context, StatusCodes.Status405MethodNotAllowed, new ErrorReply("only GET is served"), ControlJson.Default.ErrorReply);
        switch (context.Request.Path.Value)
        {
            case "/v1/status":
                return Send(context, StatusCodes.Status200OK, endpoints.Status(), ControlJson.Default.StatusReply);
            case "/v1/stats":
                return Send(context, StatusCodes.Status200OK, endpoints.Stats(), ControlJson.Default.StatsReply);
            case "/v1/info":
                var found = endpoints.Info(context.Request.Query["path"].ToString(), out var problem);
                return found is null
                    ? Send(context, StatusCodes.Status404NotFound, new ErrorReply(problem), ControlJson.Default.ErrorReply)
                    : Send(context, StatusCodes.Status200OK, found, ControlJson.Default.InfoReply);
            default:
                return Send(context, StatusCodes.Status404NotFound, new ErrorReply("there is no such resource"), ControlJson.Default.ErrorReply);
        }
    }

    private static Task Send<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, body, type, context.RequestAborted);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
