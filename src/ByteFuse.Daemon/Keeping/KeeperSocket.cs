using System.Text.Json;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>One end of the socket between keeper and daemon: a packet is a message. Blocks; for one thread at a time.</summary>
internal sealed class KeeperSocket(int descriptor) : IDisposable
{
    private readonly byte[] buffer = new byte[KeeperMessage.MaximumLength];

    /// <summary>To wait for.</summary>
    public int Descriptor => descriptor;

    /// <summary>Sends a message and duplicates of descriptors, which stay the caller's. EMSGSIZE: it is too long.</summary>
    public Errno Send(KeeperMessage message, params ReadOnlySpan<int> descriptors)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, KeeperJson.Default.KeeperMessage);
        if (bytes.Length > KeeperMessage.MaximumLength || descriptors.Length > UnixSocketRights.MaximumDescriptors) return Errno.EMSGSIZE;
        IoResult sent;
        do sent = UnixSocketRights.Send(descriptor, bytes, descriptors);
        while (sent.Error == Errno.EINTR);
        return sent.Error;
    }

    /// <summary>
    /// Receives a message and the descriptors that came with it, which are the caller's. ENOTCONN: the other end is closed. EBADMSG: what
    /// came is no message; its descriptors have been closed.
    /// </summary>
    public Errno Receive(out KeeperMessage? message, out int[] descriptors)
    {
        message = null;
        Span<int> room = stackalloc int[UnixSocketRights.MaximumDescriptors];
        IoResult received;
        int count;
        do received = UnixSocketRights.Receive(descriptor, buffer, room, out count);
        while (received.Error == Errno.EINTR);
        descriptors = room[..count].ToArray();
        // The other end had something unread when it went.
        if (received.Error == Errno.ECONNRESET || (received.Succeeded && received.Value == 0)) return Errno.ENOTCONN;
        if (!received.Succeeded) return received.Error;
        message = Read(buffer.AsSpan(0, received.Value));
        if (message is not null) return Errno.None;
        foreach (var fd in descriptors) FileCalls.Close(fd);
        descriptors = [];
        return Errno.EBADMSG;
    }

    public void Dispose() => FileCalls.Close(descriptor);

    private static KeeperMessage? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, KeeperJson.Default.KeeperMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
