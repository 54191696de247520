using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.DevFuse;

/// <summary>A slot of a queue, and the request that is in it.</summary>
internal sealed class DevFuseRequest : Request
{
    /// <summary>sizeof(struct fuse_in_header).</summary>
    public const int HeaderLength = 40;

    private readonly DevFuseQueue queue;
    private readonly NativeSlice memory;
    private readonly NativeSlice spill;
    private NativeSlice arguments;
    private NativeSlice payload;
    private bool isResident;

    public DevFuseRequest(DevFuseQueue queue, DevFuseSlotMemory slots, int index, uint slot)
    {
        this.queue = queue;
        Slot = slot;
        memory = slots.Request(index);
        spill = slots.Spill(index);
        Body = slots.Payload(index);
    }

    /// <summary>The next in the queue's list of free slots.</summary>
    public DevFuseRequest? NextFree { get; set; }

    /// <summary>Where the kernel puts the request.</summary>
    public Span<byte> ReadBuffer => memory.Span;

    public override CoreReactor Reactor => queue.Reactor;

    public override uint Slot { get; }

    public override ReadOnlySpan<byte> Arguments => arguments.Span;

    public override NativeSlice Payload => payload;

    public override NativeSlice Body { get; }

    /// <summary>
    /// Has all pages of the slot there before the kernel first copies a request into them. A process that is killed while one has to
    /// be faulted in (fatal_signal_pending in mm/gup.c) ends the request with EIO (fuse_dev_do_read in fs/fuse/dev.c), although a
    /// successor could have served it.
    /// </summary>
    public void BecomeResident()
    {
        if (isResident) return;
        isResident = true;
        // Refused where memory is short: the pages then come one by one, as without.
        SharedMemory.Advise(Body.Address, Body.Length, SharedMemory.AdvisePopulateWrite);
        memory.Span[0] = 0;
    }

    /// <summary>Divides the bytes read; false where they are no request. <see cref="Request.Header"/> is filled if there is one.</summary>
    public bool TryAccept(int length)
    {
        var valid = RequestView.TryParse(memory.Span[..length], out Header, out var fixedArguments, out var rest);
        if (!valid) return false;
        arguments = memory.Slice(HeaderLength, fixedArguments.Length);
        payload = memory.Slice(HeaderLength + fixedArguments.Length, rest.Length);
        // The reply's body begins 40 bytes behind the header: longer arguments must not change while it is being built.
        if (fixedArguments.Length <= ProtocolLimits.WriteOverhead - HeaderLength) return true;
        var kept = spill.Slice(0, fixedArguments.Length);
        fixedArguments.CopyTo(kept.Span);
        arguments = kept;
        return true;
    }

    protected override void Complete(Errno error, int bodyLength)
    {
        queue.Answer(Header.Unique, error, Body.Span[..bodyLength]);
        queue.Recycle(this);
    }

    protected override void CompleteSilently() => queue.Recycle(this);

    protected override ParkedRequest Park()
    {
        var parked = new DevFuseParkedRequest(queue) { Unique = Header.Unique, Reactor = queue.Reactor };
        queue.Recycle(this);
        return parked;
    }
}
