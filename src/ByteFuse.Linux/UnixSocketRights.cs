namespace ByteFuse.Linux;

/// <summary>Passes descriptors over Unix sockets (SCM_RIGHTS, unix(7)).</summary>
public static unsafe class UnixSocketRights
{
    /// <summary>SCM_MAX_FD: the most descriptors that the kernel passes with one message.</summary>
    public const int MaximumDescriptors = 253;

    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int ControlTruncated = 8;
    private const int CloseOnExecReceived = 0x40000000;
    private const int HeaderLength = 16;

    /// <summary>A connected pair of sockets, closed on exec: stream, or datagrams in order (SOCK_SEQPACKET).</summary>
    public static Errno CreatePair(bool sequencedPackets, out int first, out int second)
    {
        var ends = stackalloc int[2];
        var type = (sequencedPackets ? 5 : 1) | OpenFlags.CloseOnExec;
        var result = LibC.Result(LibC.Socketpair(1, type, 0, ends));
        (first, second) = result.Succeeded ? (ends[0], ends[1]) : (-1, -1);
        return result.Error;
    }

    /// <summary>Sends at least one byte and up to <see cref="MaximumDescriptors"/> descriptors; a closed peer is EPIPE, no signal.</summary>
    public static IoResult Send(int socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors)
    {
        if (descriptors.Length > MaximumDescriptors || data.IsEmpty) return IoResult.FromError(Errno.EINVAL);
        // 8-byte words keep the header aligned; the buffer is the data's length rounded up (CMSG_SPACE).
        var words = (HeaderLength + descriptors.Length * sizeof(int) + 7) / 8;
        var control = stackalloc ulong[words];
        new Span<ulong>(control, words).Clear();
        var header = (ControlHeaderLayout*)control;
        header->Length = (nuint)(HeaderLength + descriptors.Length * sizeof(int));
        header->Level = SocketLevel;
        header->Type = Rights;
        descriptors.CopyTo(new Span<int>((byte*)control + HeaderLength, descriptors.Length));
        fixed (byte* p = data)
        {
            var vector = new VectorLayout { Address = (nint)p, Length = (nuint)data.Length };
            var message = new MessageLayout { Vectors = &vector, VectorCount = 1 };
            if (descriptors.Length > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)(words * sizeof(ulong));
            }
            return LibC.Result(LibC.Sendmsg(socket, &message, NoSignal));
        }
    }

    /// <summary>
    /// Receives bytes (0 when the peer has closed) and the descriptors that came with them, closed on exec. More
    /// descriptors than fit: those that came are closed and the result is EMSGSIZE.
    /// </summary>
    public static IoResult Receive(int socket, Span<byte> data, Span<int> descriptors, out int descriptorCount)
    {
        descriptorCount = 0;
        var room = Math.Min(descriptors.Length, MaximumDescriptors);
        var words = (HeaderLength + room * sizeof(int) + 7) / 8;
        var control = stackalloc ulong[words];
        new Span<ulong>(control, words).Clear();
        fixed (byte* p = data)
        {
            var vector = new VectorLayout { Address = (nint)p, Length = (nuint)data.Length };
            var message = new MessageLayout
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = (nuint)(words * sizeof(ulong)),
            };
            var result = LibC.Result(LibC.Recvmsg(socket, &message, CloseOnExecReceived));
            if (!result.Succeeded) return result;
            var header = (ControlHeaderLayout*)control;
            Span<int> received = default;
            if (message.ControlLength >= HeaderLength && header->Level == SocketLevel && header->Type == Rights)
                received = new Span<int>((byte*)control + HeaderLength, ((int)header->Length - HeaderLength) / sizeof(int));
            // With an odd room the rounding leaves space for one more descriptor than was asked for.
            if ((message.Flags & ControlTruncated) == 0 && received.Length <= descriptors.Length)
            {
                received.CopyTo(descriptors);
                descriptorCount = received.Length;
                return result;
            }
            foreach (var fd in received) FileCalls.Close(fd);
            return IoResult.FromError(Errno.EMSGSIZE);
        }
    }
}
