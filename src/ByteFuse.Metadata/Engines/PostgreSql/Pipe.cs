using System.Threading.Channels;
using ByteFuse.Linux;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>A call that a reactor waits for.</summary>
internal abstract class PendingCall
{
    /// <summary>When it is given up, in <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline { get; init; }

    /// <summary>True once the reactor has its answer.</summary>
    public bool IsAnswered { get; protected set; }

    /// <summary>Answers it with an error, where it has no answer yet.</summary>
    public abstract void Fail(Errno error);
}

/// <summary>
/// A connection with one batch of calls on its way at a time. What comes meanwhile gathers and goes together in the next, so that
/// the number of connections is bounded while that of calls per round trip grows with the load. Runs on the thread pool; reactors
/// get their answers posted.
/// </summary>
internal abstract class Pipe<TCall>(ServerLink link, ServerState state)
    where TCall : PendingCall
{
    // As many as requests wait for metadata: their slots, and parked requests, bound it.
    private readonly Channel<TCall> waiting = Channel.CreateUnbounded<TCall>(new UnboundedChannelOptions { SingleReader = true });
    private Task running = Task.CompletedTask;
    private long roundTrips;
    private long calls;

    /// <summary>Batches that were sent.</summary>
    public long RoundTrips => Volatile.Read(ref roundTrips);

    /// <summary>Calls in them.</summary>
    public long Calls => Volatile.Read(ref calls);

    protected ServerLink Link => link;

    protected ServerState State => state;

    public void Start() => running = Task.Run(Run);

    /// <summary>Leaves a call; any thread.</summary>
    public void Send(TCall call)
    {
        if (!waiting.Writer.TryWrite(call)) call.Fail(Errno.EIO);
    }

    /// <summary>Ends the pipe once what waits has been answered.</summary>
    public async Task Stop()
    {
        waiting.Writer.TryComplete();
        await running;
    }

    /// <summary>Takes calls for the next batch, at least one.</summary>
    protected abstract void Gather(ChannelReader<TCall> reader);

    /// <summary>Sends the batch and answers its calls; an exception where that cannot be.</summary>
    protected abstract Task Execute();

    /// <summary>The calls of the batch.</summary>
    protected abstract IReadOnlyList<TCall> Current { get; }

    /// <summary>Called when there was nothing to do for a while.</summary>
    protected virtual Task Rest() => Task.CompletedTask;

    /// <summary>How long <see cref="Rest"/> is waited with; null where there is nothing to do in it.</summary>
    protected virtual TimeSpan? RestsAfter => null;

    private async Task Run()
    {
        try
        {
            while (await HasCalls())
            {
                Gather(waiting.Reader);
                Volatile.Write(ref calls, calls + Current.Count);
                await Serve();
            }
        }
        catch (Exception fault)
        {
            // One of ours. Nobody is to wait for a pipe that has ended.
            state.Refuse($"a fault: {fault}".ReplaceLineEndings(" "));
            waiting.Writer.TryComplete();
            Fail(Errno.EIO, all: true);
            while (waiting.Reader.TryRead(out var call)) call.Fail(Errno.EIO);
        }
    }

    private async Task<bool> HasCalls()
    {
        var arrival = waiting.Reader.WaitToReadAsync();
        if (arrival.IsCompleted) return await arrival;
        var waited = arrival.AsTask();
        while (RestsAfter is { } pause)
        {
            if (await Task.WhenAny(waited, Task.Delay(pause)) == waited) break;
            await Rest();
        }
        return await waited;
    }

    private async Task Serve()
    {
        var backoff = new Backoff();
        while (!state.IsRefused)
        {
            try
            {
                Volatile.Write(ref roundTrips, roundTrips + 1);
                await Execute();
                state.Back();
                return;
            }
            catch (Exception problem)
            {
                await link.Drop();
                if (!ServerErrors.IsPassing(problem))
                {
                    state.Failed(problem);
                    Fail(ServerErrors.ErrorOf(problem), all: true);
                    return;
                }
                state.Away(problem);
            }
            Fail(Errno.EIO, all: false);
            if (Current.All(call => call.IsAnswered)) return;
            await Task.Delay(backoff.Next());
        }
        Fail(Errno.EIO, all: true);
    }

    private void Fail(Errno error, bool all)
    {
        var now = Environment.TickCount64;
        foreach (var call in Current)
        {
            if (!call.IsAnswered && (all || call.Deadline <= now)) call.Fail(error);
        }
    }
}
