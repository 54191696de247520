using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// The entries of one CPU. The kernel puts a request into the entry that was used last, so that what is seldom needed stays
/// untouched; requests beyond the entries wait in the kernel. All of it runs on the queue's reactor; executing it as work
/// takes the next step of registering.
/// </summary>
internal sealed class UringQueue : ReactorWork, IEntryServer
{
    private readonly UringTransport transport;
    private readonly ushort id;
    private readonly int fd;
    private readonly int depth;
    private readonly TurnShare share;
    private Phase phase;
    private Errno registration;
    private int entries;
    private int parked;
    private int reservedSpare = -1;
    private readonly Wake wake;
    private readonly PinnedPayloads pinnedPayloads;
    private readonly UringAssistant[] assistants;
    private readonly List<UringRequest> registered = [];
    private bool ended;

    /// <param name="transport">The mount's queues.</param>
    /// <param name="reactor">Serves it.</param>
    /// <param name="others">Reactors that may help.</param>
    /// <param name="fd">A descriptor of the connection.</param>
    /// <param name="id">The CPU.</param>
    /// <param name="depth">Entries to begin with.</param>
    /// <param name="share">What the mount gets served by the reactor in a turn.</param>
    public UringQueue(UringTransport transport, CoreReactor reactor, IEnumerable<CoreReactor> others, int fd, ushort id, int depth, TurnShare share)
    {
        this.share = share;
        this.transport = transport;
        this.fd = fd;
        this.id = id;
        this.depth = depth;
        Reactor = reactor;
        Statistics = new QueueStatistics(depth);
        wake = new Wake(this);
        assistants = [.. others.Select(other => new UringAssistant(this, other))];
        pinnedPayloads = new PinnedPayloads(transport.Memory, reactor, depth);
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

    /// <summary>Reactors that may help.</summary>
    public IReadOnlyList<UringAssistant> Assistants => assistants;

    /// <summary>Where requests go.</summary>
    public Connection Connection => transport.Connection;

    /// <summary>True once it serves no further; from any thread.</summary>
    public bool HasEnded => Volatile.Read(ref ended);

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
                if (transport.Inherits) Inherit();
                else if (!Register(transport.Entry(id, 0))) registration = Errno.EAGAIN;
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
            case Phase.Filling when transport.Inherits:
                phase = Phase.Complete;
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
        if (transport.IsHeld) return;
        // The connection is being closed: whoever waits for this request gets its error from the kernel.
        if (ended) return;
        if (!request.TryAccept())
        {
            Statistics.CountRequest();
            Statistics.CountMalformed();
            Answer(request, Errno.EIO, 0);
            return;
        }
        if (request.MovesData) pinnedPayloads.Add(request);
        if (!TryLend(request) && share.MayServe(request)) Serve(request);
    }

    /// <summary>True where a daemon that died left a request here: its commit has the kernel go on with what waits.</summary>
    public bool HasCommitted { get; private set; }

    /// <summary>Entries now, those that hold waiting requests included; from any thread.</summary>
    public int Entries => Volatile.Read(ref entries);

    /// <summary>True where nothing more is served, nor given to the kernel.</summary>
    public bool IsHeld => transport.IsHeld;

    /// <summary>True where the kernel has no entry to put a request into; from any thread.</summary>
    public bool HoldsAll()
    {
        foreach (var request in registered)
        {
            if (request.IsWithKernel) return false;
        }
        return true;
    }

    /// <summary>An assistant gives an entry back.</summary>
    public void Receive(UringRequest request)
    {
        entries++;
        if (!ended && share.MayServe(request)) Serve(request);
    }

    /// <summary>A request's turn has come.</summary>
    public void ServeInTurn(UringRequest request)
    {
        if (!ended && !IsHeld) Serve(request);
    }

    public void Answer(UringRequest request, Errno error, int bodyLength)
    {
        Statistics.CountDone();
        Commit(request, error, bodyLength);
    }

    /// <summary>Answers on the ring of the request's server.</summary>
    public void Commit(UringRequest request, Errno error, int bodyLength)
    {
        if (transport.IsHeld)
        {
            request.Answer(error, bodyLength);
            return;
        }
        var large = request.DataLength >= UringLimits.PromptLength;
        request.Commit(fd, id, error, bodyLength);
        // Not with the others of this turn: the kernel copies the reply while it is still in the CPU's caches, its reader goes
        // on, and the next request gets the same memory.
        if (large) request.Reactor.SubmitNow();
    }

    /// <summary>Answers a request that was parked.</summary>
    public void AnswerParked(UringRequest request, Errno error)
    {
        parked--;
        Commit(request, error, 0);
    }

    /// <summary>True where parking one more request leaves <see cref="depth"/> entries to serve with, or a spare one can be had.</summary>
    public bool PrepareToPark()
    {
        if (entries - parked > depth || reservedSpare >= 0) return true;
        reservedSpare = transport.TakeSpare(id);
        return reservedSpare >= 0;
    }

    public ParkedRequest Park(UringRequest request)
    {
        Parked(request);
        return new UringParkedRequest(this, request) { Unique = request.Header.Unique, Reactor = Reactor };
    }

    /// <summary>An assistant has lost an entry.</summary>
    public void LostByAssistant(Errno error)
    {
        if (!HasEnded && !IsEnd(error)) transport.Report($"the kernel gave up an entry of queue {id} with {error}");
    }

    /// <summary>
    /// A request keeps its entry while it waits. Entries that waiting requests hold would end up being all of them, and the
    /// unlock that they wait for would never get through: another one takes the place.
    /// </summary>
    private void Parked(UringRequest request)
    {
        Statistics.CountDone();
        parked++;
        // A successor serves it, too, and gives entries to the kernel.
        if (IsHeld) return;
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
        Volatile.Write(ref ended, true);
        pinnedPayloads.End();
        transport.QueueEnded();
    }

    /// <summary>
    /// After <see cref="End"/>, on any reactor: has its ring forget the entries. False while the kernel has yet to give one back,
    /// or a payload is being pinned.
    /// </summary>
    public bool TryRelease(CoreReactor reactor)
    {
        var released = reactor != Reactor || pinnedPayloads.IsSettled;
        foreach (var request in registered) released &= request.TryDetach(reactor);
        return released;
    }

    private void Serve(UringRequest request)
    {
        Statistics.CountRequest();
        if (Statistics.InFlight == entries - parked) Statistics.CountStarvation();
        Connection.Serve(request);
    }

    // Worth it where so many others wait here already that waking somebody costs less than their waiting, or each takes long.
    private bool TryLend(UringRequest request)
    {
        if (assistants.Length == 0 || !request.MovesData) return false;
        var waiting = Reactor.Ring.Ready;
        if (waiting < (request.DataLength >= UringLimits.PromptLength ? 1 : UringLimits.LendFrom)) return false;
        if (entries - parked <= depth / 2 || FindAssistant(waiting) is not { } assistant) return false;
        entries--;
        assistant.Take(request);
        return true;
    }

    // One that works for this queue already and has less to do than this reactor, or one that has nothing to do at all.
    private UringAssistant? FindAssistant(int waiting)
    {
        foreach (var assistant in assistants)
        {
            var inHand = assistant.InHand;
            if (inHand > 0 ? inHand <= waiting : assistant.Reactor.IsAsleep) return assistant;
        }
        return null;
    }

    // ENOTCONN: unmounted. ECONNABORTED: aborted. ECANCELED: the ring is being closed.
    private static bool IsEnd(Errno error) => error is Errno.ENOTCONN or Errno.ECONNABORTED or Errno.ECANCELED;

    private bool Register(UringRequest request)
    {
        if (!request.TryRegister(fd, id)) return false;
        registered.Add(request);
        entries++;
        return true;
    }

    // Each entry's memory as a daemon that died left it. What it had answered and not committed is committed now, what it had not
    // answered is served, and what was free is registered anew, as the kernel gave that up with the dead one's ring.
    private void Inherit()
    {
        var left = new List<(UringRequest Request, EntryState State)>();
        var spares = transport.InheritedSpares(id).Select(number => transport.Spare(this, number));
        foreach (var request in Enumerable.Range(0, depth).Select(index => transport.Entry(id, index)).Concat(spares))
        {
            var state = request.Inherit();
            if (state == EntryState.Unused)
            {
                if (!Register(request)) registration = Errno.EAGAIN;
                continue;
            }
            if (!request.TryAttach())
            {
                registration = Errno.EAGAIN;
                continue;
            }
            registered.Add(request);
            entries++;
            left.Add((request, state));
        }
        // When all are counted: one that is parked again needs no further entry in its place.
        foreach (var (request, state) in left)
        {
            var waiting = parked;
            if (state == EntryState.Answered) request.CommitAgain(fd, id);
            else if (request.TryAccept(inherited: true)) Serve(request);
            else Answer(request, Errno.EIO, 0);
            // Once it is answered, at the latest; what waits for a lock may be a long time.
            if (state == EntryState.Unanswered && parked == waiting) HasCommitted = true;
        }
        Connection.Inheritance.QueuePassed();
    }

    private void Lost(UringRequest request, Errno error)
    {
        // What it holds was answered before, by a daemon that died: the kernel has nothing more to do with the entry.
        if (error == Errno.ENOENT && transport.Inherits && !ended && !IsHeld && request.TryRegister(fd, id)) return;
        entries--;
        if (!request.WasUsed && phase == Phase.Probing) registration = error;
        if (ended || phase == Phase.Probing || IsEnd(error)) return;
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
