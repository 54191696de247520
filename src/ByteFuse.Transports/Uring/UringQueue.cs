using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// The entries of one CPU. The kernel puts a request into the entry that was used last, so that what is seldom needed stays
/// untouched; requests beyond the entries wait in the kernel. All of it runs on the queue's reactor; executing it as work
/// takes the next step of registering.
/// </summary>
internal sealed class UringQueue : ReactorWork
{
    private readonly UringTransport transport;
    private readonly ushort id;
    private readonly int fd;
    private readonly int depth;
    private Phase phase;
    private Errno registration;
    private int entries;
    private int parked;
    private int reservedSpare = -1;
    private readonly Wake wake;
    private bool ended;

    /// <param name="transport">The mount's queues.</param>
    /// <param name="reactor">Serves it.</param>
    /// <param name="fd">A descriptor of the connection.</param>
    /// <param name="id">The CPU.</param>
    /// <param name="depth">Entries to begin with.</param>
    public UringQueue(UringTransport transport, CoreReactor reactor, int fd, ushort id, int depth)
    {
        this.transport = transport;
        this.fd = fd;
        this.id = id;
        this.depth = depth;
        Reactor = reactor;
        Statistics = new QueueStatistics(depth);
        wake = new Wake(this);
    }

    private enum Phase : byte
    {
        New,
        Probing,
        Filling,
        Complete,
    }

    /// <summary>The reactor that serves the queue.</summary>
    public CoreReactor Reactor { get; }

    public QueueStatistics Statistics { get; }

    /// <summary>
    /// Registers one entry, says in the turn after whether the kernel took it, and registers the others when it is told to go
    /// on. A REGISTER that succeeds completes with the first request: silence after its submission is consent.
    /// </summary>
    public override void Execute()
    {
        switch (phase)
        {
            case Phase.New:
                phase = Phase.Probing;
                if (!Register(transport.Entry(id, 0))) registration = Errno.EAGAIN;
                Reactor.Post(this);
                break;
            case Phase.Probing when Reactor.Ring.Pending > 0:
                // The kernel was short of memory in this turn.
                Reactor.Post(this);
                break;
            case Phase.Probing:
                phase = Phase.Filling;
                transport.Probed(registration);
                break;
            case Phase.Filling:
                phase = Phase.Complete;
                for (var i = 1; i < depth; i++) Register(transport.Entry(id, i));
                break;
        }
    }

    /// <summary>A submission of an entry has completed: with a request, or because the entry is gone.</summary>
    public void Completed(UringRequest request, int result)
    {
        if (result != 0)
        {
            Lost(request, IoResult.FromRaw(result).Error);
            return;
        }
        // The connection is being closed: whoever waits for this request gets its error from the kernel.
        if (ended) return;
        Statistics.CountRequest();
        if (Statistics.InFlight == entries - parked) Statistics.CountStarvation();
        if (request.TryAccept())
        {
            transport.Connection.Serve(request);
            return;
        }
        Statistics.CountMalformed();
        Answer(request, Errno.EIO, 0);
    }

    /// <summary>Answers a request that is being served.</summary>
    public void Answer(UringRequest request, Errno error, int bodyLength)
    {
        Statistics.CountDone();
        request.Commit(fd, id, error, bodyLength);
    }

    /// <summary>Answers a request that was parked.</summary>
    public void AnswerParked(UringRequest request, Errno error)
    {
        parked--;
        request.Commit(fd, id, error, 0);
    }

    /// <summary>True where parking one more request leaves <see cref="depth"/> entries to serve with, or a spare one can be had.</summary>
    public bool PrepareToPark()
    {
        if (entries - parked > depth || reservedSpare >= 0) return true;
        reservedSpare = transport.TakeSpare();
        return reservedSpare >= 0;
    }

    /// <summary>
    /// A request keeps its entry while it waits. Entries that waiting requests hold would end up being all of them, and the
    /// unlock that they wait for would never get through: another one takes the place.
    /// </summary>
    public void Parked(UringRequest request)
    {
        Statistics.CountDone();
        parked++;
        if (entries - parked < depth)
        {
            var spare = reservedSpare;
            reservedSpare = -1;
            Register(transport.Spare(this, spare));
        }
        // The kernel takes a waiting request out of its queue when an entry is committed, not when one is registered
        // (fuse_uring_do_register): where none is in hand to be committed, it is to send something itself.
        if (Statistics.InFlight == 0) wake.Post(request.Header.NodeId);
    }

    /// <summary>Serves no further.</summary>
    public void End()
    {
        if (ended) return;
        ended = true;
        transport.QueueEnded();
    }

    private bool Register(UringRequest request)
    {
        if (!request.TryRegister(fd, id)) return false;
        entries++;
        return true;
    }

    private void Lost(UringRequest request, Errno error)
    {
        entries--;
        if (!request.WasUsed && phase == Phase.Probing) registration = error;
        // ENOTCONN: unmounted. ECONNABORTED: aborted. ECANCELED: the ring is being closed.
        if (ended || phase == Phase.Probing || error is Errno.ENOTCONN or Errno.ECONNABORTED or Errno.ECANCELED) return;
        Statistics.CountRefusedReply();
        transport.Report($"the kernel gave up an entry of queue {id} with {error}: {entries} are left");
    }

    /// <summary>Has the kernel send a request to this queue, once the entries that were registered before have reached it.</summary>
    private sealed class Wake(UringQueue queue) : ReactorWork
    {
        private bool posted;
        private ulong nodeId;

        /// <param name="file">The inode of the request that was parked: its caller has it open.</param>
        public void Post(ulong file)
        {
            nodeId = file;
            if (posted) return;
            posted = true;
            queue.Reactor.Post(this);
        }

        public override void Execute()
        {
            posted = false;
            // What was prepared in an earlier turn has been submitted, unless the kernel was short of memory.
            if (queue.Reactor.Ring.Pending > 0) Post(nodeId);
            else if (!queue.ended) queue.transport.WakeQueue(queue.id, nodeId);
        }
    }
}
