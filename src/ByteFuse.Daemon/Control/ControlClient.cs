using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ByteFuse.Daemon;

/// <summary>Asks a daemon by its control socket.</summary>
public sealed class ControlClient : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient client;

    /// <param name="state">The mount whose daemon to ask.</param>
    public ControlClient(MountState state)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(state.ControlSocket), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        client = new HttpClient(handler) { BaseAddress = new Uri("http://bytefuse"), Timeout = Timeout };
        MountPoint = state.MountPoint;
    }

    private string MountPoint { get; }

    /// <summary>GET /v1/status.</summary>
    public StatusReply Status() => Get("/v1/status", ControlJson.Default.StatusReply);

    /// <summary>GET /v1/stats.</summary>
    public StatsReply Stats() => Get("/v1/stats", ControlJson.Default.StatsReply);

    /// <summary>GET /v1/info.</summary>
    public InfoReply Info(string path) => Get("/v1/info?path=" + Uri.EscapeDataString(path), ControlJson.Default.InfoReply);

    public void Dispose() => client.Dispose();

    private T Get<T>(string resource, JsonTypeInfo<T> type)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, resource);
            using var response = client.SendAsync(request).GetAwaiter().GetResult();
            if (response.IsSuccessStatusCode) return response.Content.ReadFromJsonAsync(type).GetAwaiter().GetResult()!;
            var problem = response.Content.ReadFromJsonAsync(ControlJson.Default.ErrorReply).GetAwaiter().GetResult();
            throw new Refusal(ExitCode.Failure, problem?.Error ?? $"the daemon of {MountPoint} answered {(int)response.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or JsonException)
        {
            throw new Refusal(ExitCode.Failure, $"the daemon of {MountPoint} does not answer on its control socket");
        }
    }
}
