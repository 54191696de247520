using System.Runtime.InteropServices;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>An entry of a queue, and the request that is in it.</summary>
internal sealed class UringRequest : Request
{
    private readonly UringQueue queue;
    private readonly NativeSlice headers;
    private readonly NativeSlice lastCommit;
    private readonly NativeSlice vectors;
    private readonly Completion completion;
    private NativeSlice arguments;
    private NativeSlice payload;

    public UringRequest(UringQueue queue, UringMemory memory, int entry, uint slot)
    {
        this.queue = queue;
        Slot = slot;
        headers = memory.Header(entry);
        lastCommit = memory.LastCommit(entry);
        vectors = memory.Vectors(entry);
        Body = memory.Payload(entry);
        completion = new Completion(this);
    }

    public override CoreReactor Reactor => queue.Reactor;

    public override uint Slot { get; }

    public override ReadOnlySpan<byte> Arguments => arguments.Span;

    public override NativeSlice Payload => payload;

    public override NativeSlice Body { get; }

    /// <summary>True once the kernel has put a request into the entry, so that it is registered.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>Gives the entry's memory to the kernel; false at the reactor's operation limit.</summary>
    public bool TryRegister(int fd, ushort queueId)
    {
        if (!Reactor.TryAttach(completion)) return false;
        MemoryMarshal.Write(vectors.Span, new Vectors(headers, Body));
        var submission = Reactor.Prepare(completion);
        submission.Opcode = RingOpcode.Command;
        submission.Descriptor = fd;
        submission.Offset = (ulong)UringCommand.Register;
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
        var entry = MemoryMarshal.Read<UringEntry>(headers.Span[UringHeaderLayout.EntryOffset..]);
        // The reply's header lies where the request's was: Header is a copy.
        ReplyWriter.WriteHeader(headers.Span, Header.Unique, (int)error, bodyLength);
        entry.PayloadLength = error == Errno.None ? (uint)bodyLength : 0;
        MemoryMarshal.Write(headers.Span[UringHeaderLayout.EntryOffset..], entry);
        MemoryMarshal.Write(lastCommit.Span, entry.CommitId);
        var submission = Reactor.Prepare(completion);
        submission.Opcode = RingOpcode.Command;
        submission.Descriptor = fd;
        submission.Offset = (ulong)UringCommand.CommitAndFetch;
        MemoryMarshal.Write(submission.Command, new UringCommandRequest { CommitId = entry.CommitId, QueueId = queueId });
    }

    /// <summary>Takes the request apart; false where its lengths contradict each other. The header is filled in any case.</summary>
    public bool TryAccept()
    {
        WasUsed = true;
        var valid = RequestView.TryParseEntry(headers.Span, Body.Length, out Header, out var fixedLength, out var payloadLength);
        if (!valid) return false;
        arguments = headers.Slice(UringHeaderLayout.FixedArgumentsOffset, fixedLength);
        payload = Body.Slice(0, payloadLength);
        return true;
    }

    protected override void Complete(Errno error, int bodyLength) => queue.Answer(this, error, bodyLength);

    // What needs no answer comes through /dev/fuse. An entry is given back by an answer alone.
    protected override void CompleteSilently() => queue.Answer(this, Errno.None, 0);

    protected override bool PrepareToPark() => queue.PrepareToPark();

    protected override ParkedRequest Park()
    {
        queue.Parked(this);
        return new UringParkedRequest(queue, this) { Unique = Header.Unique, Reactor = queue.Reactor };
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

    /// <summary>The entry as the ring knows it.</summary>
    private sealed class Completion(UringRequest request) : RingSlot
    {
        public override void Complete(int result, uint flags) => request.queue.Completed(request, result);
    }
}
