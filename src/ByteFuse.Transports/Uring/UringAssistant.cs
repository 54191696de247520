using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// Another reactor that helps with a queue. The kernel puts requests into the queue of the CPU that they come from: one thread
/// with many requests under way would be served on its own CPU, and wait for it, while others are idle. So the queue lends
/// entries with reads and writes in them, and what is committed on the assistant's ring is its own until it gives it back: at once
/// when the queue's own reactor has gone to sleep, and for all that is neither read nor write.
/// </summary>
/// <param name="queue">Whose entries they are.</param>
/// <param name="reactor">Helps.</param>
internal sealed class UringAssistant(UringQueue queue, CoreReactor reactor) : IEntryServer
{
    private int inHand;

    public CoreReactor Reactor => reactor;

    /// <summary>Counters of what was served here.</summary>
    public QueueStatistics Statistics { get; } = new(slots: 0);

    /// <summary>Requests that were lent, or came here by themselves, and are not answered yet.</summary>
    public int InHand => Volatile.Read(ref inHand);

    /// <summary>Lends a request, on the queue's reactor.</summary>
    public void Take(UringRequest request)
    {
        Interlocked.Increment(ref inHand);
        request.SendTo(this);
    }

    public void Receive(UringRequest request)
    {
        if (queue.HasEnded) Interlocked.Decrement(ref inHand);
        else if (request.TryAttach()) Serve(request);
        else GiveBack(request);
    }

    public void Completed(UringRequest request, int result)
    {
        if (result != 0) queue.LostByAssistant(IoResult.FromRaw(result).Error);
        if (result != 0 || queue.HasEnded || queue.IsHeld) return;
        Interlocked.Increment(ref inHand);
        if (!request.TryAccept())
        {
            Statistics.CountRequest();
            Statistics.CountMalformed();
            Answer(request, Errno.EIO, 0);
        }
        else if (queue.Reactor.IsAsleep || !request.MovesData)
        {
            GiveBack(request);
        }
        else
        {
            Serve(request);
        }
    }

    public void Answer(UringRequest request, Errno error, int bodyLength)
    {
        Statistics.CountDone();
        queue.Commit(request, error, bodyLength);
        Interlocked.Decrement(ref inHand);
    }

    public bool PrepareToPark() => false;

    public ParkedRequest Park(UringRequest request) => throw new InvalidOperationException("A read or write was parked.");

    private void Serve(UringRequest request)
    {
        Statistics.CountRequest();
        queue.Connection.Serve(request);
    }

    private void GiveBack(UringRequest request)
    {
        request.SendTo(queue);
        Interlocked.Decrement(ref inHand);
    }
}
