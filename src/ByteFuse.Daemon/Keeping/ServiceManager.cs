using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// systemd, or whoever else started this process and listens on NOTIFY_SOCKET (sd_notify(3)): it is told how the service is, stores
/// descriptors under names, and hands them to the next process of the service (LISTEN_FDS, sd_listen_fds(3)).
/// </summary>
public sealed class ServiceManager : IDisposable
{
    private const string NotifyVariable = "NOTIFY_SOCKET";
    private const int FirstDescriptor = 3;

    private static readonly string[] Variables = [NotifyVariable, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    private readonly Socket socket;
    private readonly Log log;

    private ServiceManager(Socket socket, IReadOnlyList<(string Name, int Descriptor)> stored, Log log)
    {
        this.socket = socket;
        this.log = log;
        Stored = stored;
    }

    /// <summary>What it had stored, the caller's.</summary>
    public IReadOnlyList<(string Name, int Descriptor)> Stored { get; }

    /// <summary>The one that started this process; null where none did. Its variables are taken out: children are not the service.</summary>
    public static ServiceManager? Find(Log log)
    {
        var values = Variables.Select(Environment.GetEnvironmentVariable).ToArray();
        foreach (var variable in Variables) Environment.SetEnvironmentVariable(variable, null);
        if (values is not [{ Length: > 0 } path, var process, var count, var names]) return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // A leading @ stands for the null byte of an abstract name.
            socket.Connect(new UnixDomainSocketEndPoint(path.StartsWith('@') ? '\0' + path[1..] : path));
        }
        catch (SocketException problem)
        {
            log.Warning("service_manager", ("socket", path), ("problem", problem.Message));
        }
        return new ServiceManager(socket, Inherited(process, count, names), log);
    }

    /// <summary>Says something of the service: lines of NAME=VALUE.</summary>
    public void Notify(string state) => Send(state, []);

    /// <summary>Stores a copy of a descriptor for the next process of the service.</summary>
    /// <param name="name">At most 255 characters of ASCII without colons; several may have the same.</param>
    /// <param name="descriptor">Stays the caller's.</param>
    // FDPOLL=0: a device of a mount whose daemon is dead has an error to tell, and is what has to stay.
    public void Store(string name, int descriptor) => Send($"FDSTORE=1\nFDPOLL=0\nFDNAME={name}", [descriptor]);

    /// <summary>Lets go of all that is stored under a name.</summary>
    public void Remove(string name) => Send($"FDSTOREREMOVE=1\nFDNAME={name}", []);

    /// <summary>Closes the socket.</summary>
    public void Dispose() => socket.Dispose();

    private void Send(string state, ReadOnlySpan<int> descriptors)
    {
        IoResult sent;
        do sent = UnixSocketRights.Send((int)socket.Handle, Encoding.UTF8.GetBytes(state), descriptors);
        while (sent.Error == Errno.EINTR);
        if (!sent.Succeeded) log.Warning("service_manager", ("error", sent.Error), ("state", state.ReplaceLineEndings(" ")));
    }

    private static List<(string, int)> Inherited(string? process, string? count, string? names)
    {
        var inherited = new List<(string, int)>();
        if (process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture) || !int.TryParse(count, out var number)) return inherited;
        var named = (names ?? "").Split(':');
        for (var i = 0; i < number; i++)
        {
            FileCalls.SetCloseOnExec(FirstDescriptor + i, true);
            inherited.Add((i < named.Length ? named[i] : "", FirstDescriptor + i));
        }
        return inherited;
    }
}
