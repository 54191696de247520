using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ByteFuse.Keeping.Tests;

/// <summary>As much of systemd as a service with stored descriptors sees: NOTIFY_SOCKET, FDSTORE and LISTEN_FDS.</summary>
internal sealed class FakeServiceManager : IDisposable
{
    // Above what a process has open here, and what bash takes for itself.
    private const int FirstGiven = 300;

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string path;
    private readonly List<(string Name, int Descriptor)> stored = [];
    private readonly Lock gate = new();
    private int ready;

    public FakeServiceManager(string path)
    {
        this.path = path;
        socket.Bind(new UnixDomainSocketEndPoint(path));
        new Thread(Receive) { IsBackground = true }.Start();
    }

    /// <summary>How often the service said that it is ready.</summary>
    public int Ready => Volatile.Read(ref ready);

    /// <summary>What is stored.</summary>
    public string[] Names
    {
        get
        {
            lock (gate) return [.. stored.Select(one => one.Name)];
        }
    }

    /// <summary>Starts the service with what it stored.</summary>
    public Process Start(params IEnumerable<string> arguments)
    {
        lock (gate)
        {
            var moves = new StringBuilder();
            for (var i = 0; i < stored.Count; i++)
            {
                // Open over exec until bash has moved it.
                FileCalls.Replace(stored[i].Descriptor, FirstGiven + i);
                moves.Append(CultureInfo.InvariantCulture, $"exec {3 + i}<&{FirstGiven + i} {FirstGiven + i}<&-; ");
            }
            var start = new ProcessStartInfo("bash", ["-c", $"{moves} export LISTEN_PID=$$; exec \"$@\"", "service", Environment.ProcessPath!, .. arguments]);
            start.Environment["NOTIFY_SOCKET"] = path;
            start.Environment["LISTEN_FDS"] = $"{stored.Count}";
            start.Environment["LISTEN_FDNAMES"] = string.Join(':', stored.Select(one => one.Name));
            var process = Process.Start(start)!;
            for (var i = 0; i < stored.Count; i++) FileCalls.Close(FirstGiven + i);
            return process;
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        foreach (var (_, descriptor) in stored) FileCalls.Close(descriptor);
    }

    private void Receive()
    {
        Span<byte> buffer = new byte[4096];
        Span<int> room = stackalloc int[16];
        while (true)
        {
            var received = UnixSocketRights.Receive((int)socket.Handle, buffer, room, out var count);
            if (received.Error == Errno.EINTR) continue;
            if (!received.Succeeded) return;
            var lines = Encoding.UTF8.GetString(buffer[..received.Value]).Split('\n');
            var name = lines.FirstOrDefault(line => line.StartsWith("FDNAME=", StringComparison.Ordinal))?["FDNAME=".Length..] ?? "";
            lock (gate)
            {
                foreach (var descriptor in room[..count]) stored.Add((name, descriptor));
                if (lines.Contains("FDSTOREREMOVE=1"))
                {
                    foreach (var (_, descriptor) in stored.Where(one => one.Name == name)) FileCalls.Close(descriptor);
                    stored.RemoveAll(one => one.Name == name);
                }
            }
            if (lines.Contains("READY=1")) Interlocked.Increment(ref ready);
        }
    }
}
