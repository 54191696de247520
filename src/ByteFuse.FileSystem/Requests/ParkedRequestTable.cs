using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>The parked requests of a connection, by the kernel's number, so that INTERRUPT finds them (hazard 5).</summary>
internal sealed class ParkedRequestTable(int maximum = ParkedRequestTable.MaximumParked)
{
    // A parked request takes about 300 bytes and stands for a thread that waits: 5 MiB and more threads than one kernel
    // usually has.
    private const int MaximumParked = 1 << 14;

    /// <summary>
    /// How many interrupts of requests that were not parked are remembered. The kernel interrupts only what has been read
    /// (FR_SENT in fs/fuse/dev.c), so what counts are those of requests in their slots, between being read and being
    /// parked; the rest are of requests that are answered soon and may be overwritten. Answering EAGAIN instead would
    /// bring the INTERRUPT back at once, over and over.
    /// </summary>
    public const int MaximumInterrupted = 1024;

    private readonly Dictionary<ulong, IParked> parked = [];
    private readonly ulong[] interrupted = new ulong[MaximumInterrupted];
    private int nextInterrupted;

    /// <summary>Requests that wait.</summary>
    public int Count
    {
        get
        {
            lock (parked) return parked.Count;
        }
    }

    /// <summary>
    /// Registers a request that is about to be parked; EINTR where its INTERRUPT came first, ENOLCK at the bound. A unique
    /// is never used twice, 0 never at all.
    /// </summary>
    public Errno TryAdd(IParked request)
    {
        lock (parked)
        {
            var known = interrupted.AsSpan().IndexOf(request.Unique);
            if (known >= 0)
            {
                interrupted[known] = 0;
                return Errno.EINTR;
            }
            if (parked.Count >= maximum) return Errno.ENOLCK;
            // One that the kernel sends again takes the place of the earlier, whose answer it no longer accepts.
            parked[request.Unique] = request;
            return Errno.None;
        }
    }

    /// <summary>The request is being answered.</summary>
    public void Remove(IParked request)
    {
        lock (parked)
        {
            if (parked.TryGetValue(request.Unique, out var found) && found == request) parked.Remove(request.Unique);
        }
    }

    /// <summary>Ends a parked request with EINTR, or remembers that the one to come is not to be parked.</summary>
    public void Interrupt(ulong unique)
    {
        IParked? found;
        lock (parked)
        {
            if (!parked.TryGetValue(unique, out found))
            {
                interrupted[nextInterrupted] = unique;
                nextInterrupted = (nextInterrupted + 1) % MaximumInterrupted;
            }
        }
        // Outside: ending takes locks that are held while requests are added here.
        found?.End(Errno.EINTR);
    }

    /// <summary>Ends every parked request.</summary>
    public void CompleteAll(Errno error)
    {
        IParked[] all;
        lock (parked) all = [.. parked.Values];
        foreach (var request in all) request.End(error);
    }
}

/// <summary>A parked request that can be told to wait no longer.</summary>
internal interface IParked
{
    /// <summary>The kernel's number, without the bit that marks a request sent again.</summary>
    ulong Unique { get; }

    /// <summary>Has the request answered with an error, unless its answer is settled already. From any thread.</summary>
    void End(Errno error);
}
