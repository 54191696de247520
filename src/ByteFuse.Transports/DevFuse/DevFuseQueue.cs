using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.DevFuse;

/// <summary>
/// One reactor's descriptor of a mount and its slots. It reads requests until the kernel has no more or no slot is free,
/// hands each to the connection, and waits by the reactor's ring. All of it runs on the reactor; executing it as work
/// lets it read.
/// </summary>
internal sealed class DevFuseQueue : ReactorWork, IDisposable
{
    private readonly FuseMount mount;
    private readonly Connection connection;
    private readonly DevFuseSlotMemory memory;
    private readonly int fd;
    private DevFuseRequest? free;
    private readonly bool isKept;
    private bool inherits;
    private bool starved;
    private bool ended;

    public DevFuseQueue(FuseMount mount, CoreReactor reactor, int fd, int index, int slots, int payloadLength)
    {
        this.mount = mount;
        this.fd = fd;
        connection = mount.Connection;
        isKept = connection.Memory is not null;
        inherits = connection.Agreement is not null;
        Reactor = reactor;
        Statistics = new QueueStatistics(slots);
        memory = new DevFuseSlotMemory(slots, payloadLength);
        for (var i = slots - 1; i >= 0; i--)
            free = new DevFuseRequest(this, memory, i, (uint)(index * slots + i)) { NextFree = free };
    }

    /// <summary>The reactor that this queue belongs to.</summary>
    public CoreReactor Reactor { get; }

    public QueueStatistics Statistics { get; }

    /// <summary>Bytes mapped for slots.</summary>
    public long MemoryLength => memory.Length;

    /// <summary>A turn of reading.</summary>
    public override void Execute()
    {
        var shared = Reactor.IsShared(mount.Source);
        var left = shared ? TurnShare.Quantum : DevFuseLimits.ReadsPerTurn;
        while (left-- > 0)
        {
            if (ended) return;
            var request = free;
            if (request is null)
            {
                starved = true;
                Statistics.CountStarvation();
                return;
            }
            if (isKept) request.BecomeResident();
            var read = FileCalls.Read(fd, request.ReadBuffer);
            if (read.Succeeded)
            {
                free = request.NextFree;
                request.NextFree = null;
                if (shared) left -= TurnShare.CostOf(read.Value) - 1;
                Accept(request, read.Value);
                continue;
            }
            switch (read.Error)
            {
                case Errno.EAGAIN:
                    if (inherits) Passed();
                    WaitReadable().Detach();
                    return;
                // ENOENT: the request was aborted while the kernel copied it; the next one may be there.
                case Errno.EINTR or Errno.ENOENT:
                    continue;
                default:
                    End(read.Error);
                    return;
            }
        }
        Reactor.Post(this);
    }

    /// <summary>Writes a reply: one short call that copies and never waits (fuse_dev_do_write).</summary>
    public void Answer(ulong unique, Errno error, ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[16];
        if (error != Errno.None) body = [];
        ReplyWriter.WriteHeader(header, unique, (int)error, body.Length);
        var written = body.IsEmpty ? FileCalls.Write(fd, header) : FileCalls.WriteVector(fd, header, body);
        if (!written.Succeeded) Refused(unique, error, body.Length, written.Error);
        mount.AfterAnswer(this);
    }

    /// <summary>Takes a slot back; the queue reads on if it waited for one.</summary>
    public void Recycle(DevFuseRequest request)
    {
        request.NextFree = free;
        free = request;
        Statistics.CountDone();
        if (!starved) return;
        starved = false;
        // Not at once: this runs inside the operation that has just answered.
        Reactor.Post(this);
    }

    /// <summary>Reads no further; on the reactor.</summary>
    public void End(Errno reason)
    {
        if (ended) return;
        ended = true;
        if (inherits) Passed();
        mount.QueueEnded(reason);
    }

    /// <summary>After the reactor has stopped.</summary>
    public void Dispose()
    {
        FileCalls.Close(fd);
        memory.Dispose();
    }

    private void Accept(DevFuseRequest request, int length)
    {
        Statistics.CountRequest();
        if (request.TryAccept(length))
        {
            if (inherits && IsNew(request.Header)) Passed();
            connection.Serve(request);
            return;
        }
        // A header that contradicts the length still names whom to answer. FORGET and its like take no answer.
        Statistics.CountMalformed();
        if (length >= DevFuseRequest.HeaderLength && OpcodeTable.Get(request.Header.Opcode).HasReply)
            Answer(request.Header.Unique, Errno.EIO, []);
        Recycle(request);
    }

    // What the dead daemon had in hand stands before everything else but FORGET and INTERRUPT, which have queues of their own.
    private static bool IsNew(in InHeader header) =>
        !header.IsResent && header.Opcode is not (Opcode.Forget or Opcode.BatchForget or Opcode.Interrupt);

    private void Passed()
    {
        inherits = false;
        connection.Inheritance.QueuePassed();
    }

    private async ReactorTask<IoResult> WaitReadable()
    {
        // Exclusive: the queues of a mount share the kernel's wait queue, and a plain poll would wake every reactor for
        // each request. Readiness is checked when the poll is armed, so that no request is overlooked.
        var ready = await Reactor.Poll(fd, PollEvents.Readable | PollEvents.Exclusive);
        if (ready.Succeeded || ready.Error is Errno.EINTR or Errno.EAGAIN) Execute();
        else End(ready.Error);
        return ready;
    }

    private void Refused(ulong unique, Errno error, int bodyLength, Errno refusal)
    {
        // ENOENT: the caller was killed or the connection aborted while the request was served. ENODEV, EPERM: unmounted.
        if (refusal is Errno.ENOENT or Errno.ENODEV or Errno.EPERM or Errno.ECONNABORTED) return;
        Statistics.CountRefusedReply();
        mount.Report($"the kernel refused a reply with {refusal}: error {error}, {bodyLength} bytes");
        if (error == Errno.EIO) return;
        // Else the caller would wait for ever.
        Span<byte> header = stackalloc byte[16];
        ReplyWriter.WriteHeader(header, unique, (int)Errno.EIO, 0);
        FileCalls.Write(fd, header);
    }
}
