using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// Payloads of a queue that are registered with the ring of its reactor, in huge pages. A payload gets there with the first READ
/// or WRITE in its entry: what the kernel never uses, or for names alone, takes little memory, and registering pins all of it
/// (io_sqe_buffer_register in io_uring/rsrc.c). All of it runs on the queue's reactor.
/// </summary>
/// <param name="memory">The mount's entries.</param>
/// <param name="reactor">Whose ring it is.</param>
/// <param name="maximum">Payloads at most: the entries of the plan. Those registered in the place of parked ones stay as they are.</param>
internal sealed class PinnedPayloads(UringMemory memory, CoreReactor reactor, int maximum)
{
    private readonly List<NativeSlice> pinned = new(maximum);
    private bool ended;
    private int pinning;

    /// <summary>True where no payload is on its way to being pinned.</summary>
    public bool IsSettled => pinning == 0;

    /// <summary>Pins an entry's payload soon, once; a refusal costs nothing but the gain.</summary>
    public void Add(UringRequest request)
    {
        if (request.IsPinned || pinned.Count == maximum) return;
        request.IsPinned = true;
        Pin(request.Body).Detach();
    }

    /// <summary>Gives all of them up: the memory is going to be unmapped.</summary>
    public void End()
    {
        ended = true;
        foreach (var payload in pinned) reactor.RegisteredMemory.Remove(payload);
        pinned.Clear();
    }

    private async ReactorTask<Errno> Pin(NativeSlice payload)
    {
        // Before it is registered: pages that are pinned stay where they are.
        pinning++;
        await reactor.BlockingCalls.Run<HugePagesCall, IoResult>(new HugePagesCall(memory, payload));
        pinning--;
        if (ended || pinned.Count == maximum) return Errno.ECANCELED;
        var error = reactor.RegisteredMemory.TryAdd(payload);
        if (error == Errno.None) pinned.Add(payload);
        return error;
    }

    private readonly struct HugePagesCall(UringMemory memory, NativeSlice payload) : IBlockingCall<IoResult>
    {
        public IoResult Execute() => memory.UseHugePages(payload);
    }
}
