using System.Runtime.InteropServices;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>An entry of a queue, and the request that is in it.</summary>
internal sealed class UringRequest : Request, ITurnItem
{
    private readonly Delivery delivery;
    private readonly Completion?[] completions;
    private readonly NativeSlice headers;
    private readonly KeptEntry kept;
    private readonly bool isKept;
    private readonly NativeSlice vectors;
    private readonly UringQueue queue;
    private IEntryServer server;
    private NativeSlice arguments;
    private NativeSlice payload;

    /// <param name="queue">Whose entry it is.</param>
    /// <param name="memory">Holds it.</param>
    /// <param name="entry">Its number there.</param>
    /// <param name="slot">See <see cref="Slot"/>.</param>
    /// <param name="reactors">How many reactors there are that may serve it.</param>
    /// <param name="isKept">True where a successor of this daemon is to go on with it.</param>
    public UringRequest(UringQueue queue, UringMemory memory, int entry, uint slot, int reactors, bool isKept)
    {
        this.queue = queue;
        this.isKept = isKept;
        server = queue;
        Slot = slot;
        headers = memory.Header(entry);
        kept = new KeptEntry(memory.Kept(entry));
        vectors = memory.Vectors(entry);
        Body = memory.Payload(entry);
        completions = new Completion?[reactors];
        delivery = new Delivery(this);
    }

    public override CoreReactor Reactor => server.Reactor;

    public override uint Slot { get; }

    public override ReadOnlySpan<byte> Arguments => arguments.Span;

    public override NativeSlice Payload => payload;

    public override NativeSlice Body { get; }

    /// <summary>True once the kernel has put a request into the entry, so that it is registered.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>True for a READ or WRITE, which waits for its own I/O alone and is never parked.</summary>
    public bool MovesData => Header.Opcode is Opcode.Read or Opcode.Write;

    /// <summary>True once its payload is pinned, or is going to be.</summary>
    public bool IsPinned { get; set; }

    /// <summary>Bytes that the request in it moves: those that a READ asks for, or that came with another; 0 of what was not accepted.</summary>
    public int DataLength { get; private set; }

    /// <summary>True from a submission of the entry to its completion; from any thread.</summary>
    public bool IsWithKernel
    {
        get
        {
            foreach (var completion in completions)
            {
                if (completion is { IsPending: true }) return true;
            }
            return false;
        }
    }

    ITurnItem? ITurnItem.NextInTurn { get; set; }

    int ITurnItem.Cost => TurnShare.CostOf(DataLength);

    // Those that wait are the queue's own.
    void ITurnItem.Serve() => queue.ServeInTurn(this);

    /// <summary>Hands the entry, with the request in it, to another server; by the present one.</summary>
    public void SendTo(IEntryServer receiver)
    {
        server = receiver;
        receiver.Reactor.Post(delivery);
    }

    /// <summary>Makes the entry known to the ring of its server, on whose reactor this is; false at its operation limit.</summary>
    public bool TryAttach()
    {
        if (completions[Reactor.Index] is not null) return true;
        var completion = new Completion(this);
        if (!Reactor.TryAttach(completion)) return false;
        completions[Reactor.Index] = completion;
        return true;
    }

    /// <summary>
    /// Has a ring forget the entry, on its reactor, once nothing will come of it; false while a submission of the entry is out there.
    /// </summary>
    public bool TryDetach(CoreReactor reactor)
    {
        if (completions[reactor.Index] is not { } completion) return true;
        if (completion.IsPending) return false;
        reactor.Detach(completion);
        completions[reactor.Index] = null;
        return true;
    }

    /// <summary>Gives the entry's memory to the kernel; false at the reactor's operation limit.</summary>
    public bool TryRegister(int fd, ushort queueId)
    {
        if (!TryAttach()) return false;
        MemoryMarshal.Write(vectors.Span, new Vectors(headers, Body));
        var submission = Prepare(fd, UringCommand.Register);
        submission.Address = (ulong)vectors.Address;
        submission.Length = 2;
        MemoryMarshal.Write(submission.Command, new UringCommandRequest { QueueId = queueId });
        return true;
    }

    /// <summary>
    /// Answers what is in the entry and asks for the next request. The kernel answers EINVAL to the caller by itself where a
    /// body has the wrong length (fuse_copy_out_args), so nobody waits for ever.
    /// </summary>
    public void Commit(int fd, ushort queueId, Errno error, int bodyLength)
    {
        Answer(error, bodyLength);
        CrashPoint.Pass(CrashPoint.BeforeCommitAndFetch);
        CommitAgain(fd, queueId);
    }

    /// <summary>Puts the reply into the entry.</summary>
    public void Answer(Errno error, int bodyLength)
    {
        var entry = MemoryMarshal.Read<UringEntry>(headers.Span[UringHeaderLayout.EntryOffset..]);
        // The reply's header lies where the request's was: Header is a copy. The kernel marks nothing in an entry as sent again.
        ReplyWriter.WriteHeader(headers.Span, Header.RequestId, (int)error, bodyLength);
        entry.PayloadLength = error == Errno.None ? (uint)bodyLength : 0;
        MemoryMarshal.Write(headers.Span[UringHeaderLayout.EntryOffset..], entry);
        // Behind the reply: a successor commits it as it is.
        kept.LastCommit = entry.CommitId;
    }

    /// <summary>Commits the reply that is in the entry. ENOENT where a daemon that died had done so: nothing comes of the entry then.</summary>
    public void CommitAgain(int fd, ushort queueId)
    {
        var entry = MemoryMarshal.Read<UringEntry>(headers.Span[UringHeaderLayout.EntryOffset..]);
        var submission = Prepare(fd, UringCommand.CommitAndFetch);
        MemoryMarshal.Write(submission.Command, new UringCommandRequest { CommitId = entry.CommitId, QueueId = queueId });
    }

    /// <summary>What a daemon that died left in the entry. What is to be served is as it came.</summary>
    public EntryState Inherit()
    {
        var state = kept.StateOf(headers);
        if (state == EntryState.Unanswered) kept.Restore(headers, Body);
        return state;
    }

    /// <summary>Takes the request apart; false where its lengths contradict each other. The header is filled in any case.</summary>
    /// <param name="inherited">True where a daemon that died may have executed it.</param>
    public bool TryAccept(bool inherited = false)
    {
        WasUsed = true;
        DataLength = 0;
        var valid = RequestView.TryParseEntry(headers.Span, Body.Length, out Header, out var fixedLength, out var payloadLength);
        if (!valid) return false;
        if (isKept) kept.Save(headers, Body);
        if (inherited) Header.Unique |= InHeader.ResentBit;
        arguments = headers.Slice(UringHeaderLayout.FixedArgumentsOffset, fixedLength);
        payload = Body.Slice(0, payloadLength);
        DataLength = Header.Opcode == Opcode.Read ? (int)Math.Min(MemoryMarshal.Read<ReadIn>(arguments.Span).Size, (uint)Body.Length) : payloadLength;
        return true;
    }

    protected override void Complete(Errno error, int bodyLength) => server.Answer(this, error, bodyLength);

    // What needs no answer comes through /dev/fuse. An entry is given back by an answer alone.
    protected override void CompleteSilently() => server.Answer(this, Errno.None, 0);

    protected override bool PrepareToPark() => server.PrepareToPark();

    protected override ParkedRequest Park() => server.Park(this);

    private SubmissionEntry Prepare(int fd, UringCommand command)
    {
        var completion = completions[Reactor.Index]!;
        completion.IsPending = true;
        var submission = Reactor.Prepare(completion);
        submission.Opcode = RingOpcode.Command;
        submission.Descriptor = fd;
        submission.Offset = (ulong)command;
        return submission;
    }

    /// <summary>struct iovec[2].</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Vectors(NativeSlice first, NativeSlice second)
    {
        private readonly long firstAddress = first.Address;
        private readonly long firstLength = first.Length;
        private readonly long secondAddress = second.Address;
        private readonly long secondLength = second.Length;
    }

    /// <summary>The entry as a ring knows it.</summary>
    private sealed class Completion(UringRequest request) : RingSlot
    {
        private bool pending;

        /// <summary>True from a submission to its completion.</summary>
        public bool IsPending
        {
            get => Volatile.Read(ref pending);
            set => Volatile.Write(ref pending, value);
        }

        public override void Complete(int result, uint flags)
        {
            IsPending = false;
            request.server.Completed(request, result);
        }

        public override void Arrive() => IsPending = false;
    }

    /// <summary>The entry on its way to another server.</summary>
    private sealed class Delivery(UringRequest request) : ReactorWork
    {
        public override void Execute() => request.server.Receive(request);
    }
}
