using System.Net.Sockets;
using System.Text;

namespace ByteFuse.Daemon;

/// <summary>Lines to /dev/log, which journald or syslogd reads.</summary>
public sealed class SyslogSink : ILogSink
{
    private const string SocketPath = "/dev/log";

    // LOG_DAEMON, shifted as in the PRI part of RFC 3164.
    private const int Facility = 3 << 3;

    private readonly Socket socket;

    private SyslogSink(Socket socket) => this.socket = socket;

    /// <summary>Null where nobody listens.</summary>
    public static SyslogSink? TryOpen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
            return new SyslogSink(socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    public void Write(LogLevel level, string line)
    {
        try
        {
            socket.Send(Encoding.UTF8.GetBytes($"<{Facility | (int)level}>bytefuse[{Environment.ProcessId}]: {line}"));
        }
        catch (SocketException)
        {
            // syslogd restarts: a line less must not end the daemon.
        }
    }
}
