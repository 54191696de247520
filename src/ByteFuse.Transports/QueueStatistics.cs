namespace ByteFuse.Transports;

/// <summary>Counters of one queue. Written by its reactor alone; others read values that may be a little old.</summary>
public sealed class QueueStatistics(int slots)
{
    private long requests;
    private long done;
    private long starvations;
    private long malformed;
    private long refusedReplies;

    /// <summary>Slots of the queue.</summary>
    public int Slots { get; } = slots;

    /// <summary>Requests read.</summary>
    public long Requests => Volatile.Read(ref requests);

    /// <summary>Requests that hold a slot now.</summary>
    public int InFlight => (int)Math.Max(0, Requests - Volatile.Read(ref done));

    /// <summary>Times that reading stopped because all slots were taken.</summary>
    public long Starvations => Volatile.Read(ref starvations);

    /// <summary>Requests whose lengths contradicted each other.</summary>
    public long Malformed => Volatile.Read(ref malformed);

    /// <summary>Replies that the kernel did not take, other than for requests that were gone.</summary>
    public long RefusedReplies => Volatile.Read(ref refusedReplies);

    internal void CountRequest() => Volatile.Write(ref requests, requests + 1);

    internal void CountDone() => Volatile.Write(ref done, done + 1);

    internal void CountStarvation() => Volatile.Write(ref starvations, starvations + 1);

    internal void CountMalformed() => Volatile.Write(ref malformed, malformed + 1);

    internal void CountRefusedReply() => Volatile.Write(ref refusedReplies, refusedReplies + 1);
}
