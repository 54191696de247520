using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ByteFuse.Daemon;

/// <summary>Asks a daemon by its control socket (docs/control-api.md).</summary>
public sealed class ControlClient : IDisposable
{
    /// <summary>How long a daemon may take to answer what needs no disk.</summary>
    private static readonly TimeSpan ShortTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long to unmount may take: a little longer than the daemon itself waits for a volume to close.</summary>
    private static readonly TimeSpan UnmountTimeout = TimeSpan.FromSeconds(150);

    private readonly HttpClient client;
    private readonly string name;

    /// <param name="socket">The control socket.</param>
    /// <param name="name">What to call the daemon where it does not answer.</param>
    public ControlClient(string socket, string name)
    {
        this.name = name;
        var handler = new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await Connect(socket, cancellation) };
        client = new HttpClient(handler) { BaseAddress = new Uri("http://bytefuse"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks the daemon of a mount.</summary>
    public ControlClient(MountState state)
        : this(state.ControlSocket, $"the daemon of {state.MountPoint}")
    {
    }

    /// <summary>The node's daemon.</summary>
    public static ControlClient OfNode() => new(RunDirectory.ControlSocket, "the daemon of this node");

    /// <summary>GET /v1/status.</summary>
    public DaemonReply Status() => Get("/v1/status", ControlJson.Default.DaemonReply);

    /// <summary>GET /v1/status; null where nobody answers.</summary>
    public DaemonReply? TryStatus()
    {
        try
        {
            return Status();
        }
        catch (Refusal)
        {
            return null;
        }
    }

    /// <summary>GET /v1/mounts/{id}.</summary>
    public MountReply Mount(string id) => Get($"/v1/mounts/{id}", ControlJson.Default.MountReply);

    /// <summary>GET /v1/mounts/{id}; null where the mount is gone, or nobody answers.</summary>
    public MountReply? TryMount(string id)
    {
        try
        {
            return Mount(id);
        }
        catch (Refusal)
        {
            return null;
        }
    }

    /// <summary>GET /v1/mounts/{id}/stats.</summary>
    public StatsReply Stats(string id) => Get($"/v1/mounts/{id}/stats", ControlJson.Default.StatsReply);

    /// <summary>GET /v1/mounts/{id}/info?path=.</summary>
    public InfoReply Info(string id, string path) => Get($"/v1/mounts/{id}/info?path={Uri.EscapeDataString(path)}", ControlJson.Default.InfoReply);

    /// <summary>POST /v1/mounts; null where nobody listens, or the daemon is about to end: another one is to be asked.</summary>
    public MountState? TryMount(MountRequest request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/mounts") { Content = JsonContent.Create(request, ControlJson.Default.MountRequest) };
        // Opening a volume after a crash, or on a slow disk, takes what it takes.
        return Send(message, Timeout.InfiniteTimeSpan, mayBeGone: true, response => Read(response, ControlJson.Default.MountState));
    }

    /// <summary>DELETE /v1/mounts/{id}; returns when the volume is closed, or with lazy when it is out of the tree.</summary>
    public void Unmount(string id, bool lazy)
    {
        using var message = new HttpRequestMessage(HttpMethod.Delete, $"/v1/mounts/{id}?lazy={(lazy ? "true" : "false")}");
        Send(message, UnmountTimeout, mayBeGone: false, _ => message);
    }

    /// <summary>POST /v1/upgrade; returns before the next daemon has begun.</summary>
    public void Upgrade(string program)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/upgrade")
        {
            Content = JsonContent.Create(new UpgradeRequest(program), ControlJson.Default.UpgradeRequest),
        };
        Send(message, UnmountTimeout, mayBeGone: false, _ => message);
    }

    public void Dispose() => client.Dispose();

    private static async Task<Stream> Connect(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private T Get<T>(string resource, JsonTypeInfo<T> type)
        where T : class
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, resource);
        return Send(message, ShortTimeout, mayBeGone: false, response => Read(response, type))!;
    }

    private T? Send<T>(HttpRequestMessage message, TimeSpan timeout, bool mayBeGone, Func<HttpResponseMessage, T> read)
        where T : class
    {
        using var patience = new CancellationTokenSource(timeout);
        try
        {
            using var response = client.SendAsync(message, patience.Token).GetAwaiter().GetResult();
            if (response.IsSuccessStatusCode) return read(response);
            if (mayBeGone && response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable) return null;
            var problem = Read(response, ControlJson.Default.ErrorReply);
            throw new Refusal((ExitCode)problem.ExitCode, problem.Error);
        }
        catch (HttpRequestException failure) when (mayBeGone && failure.InnerException is SocketException)
        {
            return null;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or JsonException)
        {
            throw new Refusal(ExitCode.Failure, $"{name} does not answer on its control socket");
        }
    }

    private static T Read<T>(HttpResponseMessage response, JsonTypeInfo<T> type) =>
        response.Content.ReadFromJsonAsync(type).GetAwaiter().GetResult() ?? throw new JsonException();
}
