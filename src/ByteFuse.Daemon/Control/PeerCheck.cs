using System.Buffers.Binary;
using System.Net.Sockets;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>Who is at the other end of a Unix socket (SO_PEERCRED, unix(7)): root and the daemon's own user may ask, nobody else.</summary>
internal static class PeerCheck
{
    // SOL_SOCKET, SO_PEERCRED; struct ucred is pid, uid, gid.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int UserIdOffset = 4;

    /// <summary>False for a peer who may not ask, or who cannot be told.</summary>
    public static bool MayAsk(Socket socket, out uint userId)
    {
        Span<byte> credentials = stackalloc byte[12];
        userId = uint.MaxValue;
        try
        {
            if (socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) != credentials.Length) return false;
        }
        catch (SocketException)
        {
            return false;
        }
        userId = BinaryPrimitives.ReadUInt32LittleEndian(credentials[UserIdOffset..]);
        return userId == 0 || userId == ProcessCalls.EffectiveUserId;
    }
}
