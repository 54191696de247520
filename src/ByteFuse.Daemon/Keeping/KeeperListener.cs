using System.Net.Sockets;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>The socket at which a keeper can be asked by another one; its owner's alone (SOCK_SEQPACKET).</summary>
internal sealed class KeeperListener : IDisposable
{
    /// <summary>How long the other one may take for each message: the keeper does nothing else meanwhile.</summary>
    private const int PatienceMilliseconds = 10_000;

    private readonly Socket socket;
    private readonly string path;

    private KeeperListener(Socket socket, string path)
    {
        this.socket = socket;
        this.path = path;
    }

    /// <summary>To wait for.</summary>
    public int Descriptor => (int)socket.Handle;

    /// <summary>Listens, in the place of whoever listened there; null where that is not possible: a keeper can do without.</summary>
    public static KeeperListener? TryOpen(string path, Log log)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            // Beside and renamed: there always is somebody there. The directory is its owner's alone.
            // With a name of its own, as two may be about it and each takes its name out when it ends.
            var beside = $"{path}.{Environment.ProcessId}";
            File.Delete(beside);
            socket.Bind(new UnixDomainSocketEndPoint(beside));
            File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen();
            File.Move(beside, path, overwrite: true);
            return new KeeperListener(socket, path);
        }
        catch (Exception problem) when (problem is SocketException or IOException or UnauthorizedAccessException)
        {
            log.Warning("keeper_does_not_listen", ("path", path), ("problem", problem.Message));
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Asks the keeper that listens there; a <see cref="Refusal"/> where there is none.</summary>
    public static KeeperSocket Connect(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException problem)
        {
            throw new Refusal(ExitCode.Failure, $"no keeper answers at {path}: {problem.Message}");
        }
        return Patient(socket);
    }

    /// <summary>Takes a connection; null for one of somebody who may not ask.</summary>
    public KeeperSocket? Accept(Log log)
    {
        try
        {
            using var accepted = socket.Accept();
            if (PeerCheck.MayAsk(accepted, out var user)) return Patient(accepted);
            log.Warning("keeper_peer_refused", ("uid", user));
        }
        catch (SocketException)
        {
            // It has gone again.
        }
        return null;
    }

    /// <summary>Takes the socket out of the directory, at the end of a keeper that nobody follows.</summary>
    public void Remove() => File.Delete(path);

    public void Dispose() => socket.Dispose();

    // The kernel's timeouts belong to the open socket, and so to the copy.
    private static KeeperSocket Patient(Socket socket)
    {
        (socket.SendTimeout, socket.ReceiveTimeout) = (PatienceMilliseconds, PatienceMilliseconds);
        var duplicated = FileCalls.Duplicate((int)socket.Handle);
        return duplicated.Succeeded ? new KeeperSocket(duplicated.Value) : throw new Refusal(ExitCode.Failure, $"the keeper's socket: {duplicated.Error.Describe()}");
    }
}
