using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>What the proxy does to a connection.</summary>
public enum Tampering
{
    /// <summary>Nothing: all bytes pass.</summary>
    None,

    /// <summary>The next request that holds a certain text is passed on, its answer is not, and the connection ends.</summary>
    DropAnswer,

    /// <summary>The next request that holds a certain text is not passed on, and the connection ends.</summary>
    DropRequest,

    /// <summary>New connections end at once.</summary>
    Refuse,
}

/// <summary>A way to a server that loses what it is told to lose.</summary>
public sealed class TamperingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly byte[] marker;
    private readonly Lock gate = new();
    private readonly List<Socket> open = [];
    private Tampering tampering;
    private int lost;

    public TamperingProxy(int target, string text)
    {
        Target = target;
        marker = Encoding.ASCII.GetBytes(text);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task.Run(Accept);
    }

    public int Port { get; }

    /// <summary>Where new connections go.</summary>
    public int Target { get; set; }

    /// <summary>Answers and requests that were lost.</summary>
    public int Lost => Volatile.Read(ref lost);

    /// <summary>What is done next.</summary>
    public Tampering Next
    {
        set
        {
            lock (gate) tampering = value;
        }
    }

    /// <summary>Ends all connections.</summary>
    public void Cut()
    {
        lock (gate)
        {
            foreach (var socket in open) socket.Dispose();
            open.Clear();
        }
    }

    public void Dispose()
    {
        listener.Stop();
        Cut();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync();
                Task.Run(() => Serve(client)).GetHashCode();
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task Serve(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            if (IsRefusing()) return;
            await server.ConnectAsync(IPAddress.Loopback, Target);
            lock (gate) open.AddRange([client, server]);
            var swallow = new bool[1];
            await Task.WhenAny(Requests(client, server, swallow), Answers(server, client, swallow));
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }

    private bool IsRefusing()
    {
        lock (gate) return tampering == Tampering.Refuse;
    }

    private async Task Requests(Socket client, Socket server, bool[] swallow)
    {
        var buffer = new byte[256 * 1024];
        int count;
        while ((count = await client.ReceiveAsync(buffer)) > 0)
        {
            if (buffer.AsSpan(0, count).IndexOf(marker) >= 0)
            {
                lock (gate)
                {
                    var now = tampering;
                    if (now is Tampering.DropAnswer or Tampering.DropRequest) tampering = Tampering.None;
                    if (now == Tampering.DropAnswer) Volatile.Write(ref swallow[0], true);
                    if (now == Tampering.DropRequest)
                    {
                        Interlocked.Increment(ref lost);
                        return;
                    }
                }
            }
            await Send(server, buffer, count);
        }
    }

    private async Task Answers(Socket server, Socket client, bool[] swallow)
    {
        var buffer = new byte[256 * 1024];
        int count;
        while ((count = await server.ReceiveAsync(buffer)) > 0)
        {
            if (Volatile.Read(ref swallow[0]))
            {
                Interlocked.Increment(ref lost);
                return;
            }
            await Send(client, buffer, count);
        }
    }

    private static async Task Send(Socket socket, byte[] buffer, int count)
    {
        for (var sent = 0; sent < count;) sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent));
    }
}
