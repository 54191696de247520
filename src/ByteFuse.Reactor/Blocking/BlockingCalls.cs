using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// Dedicated threads for calls that would block a reactor: syncing a log, copy_file_range, lseek for data, syncfs, engine
/// reads that miss their cache. First come, first served; shared by the reactors of a set.
/// </summary>
public sealed class BlockingCalls : IDisposable
{
    /// <summary>
    /// Threads: enough that one long call (a sync) does not delay the short ones behind it, few enough that they do not
    /// crowd out the reactors.
    /// </summary>
    public const int DefaultThreads = 4;

    /// <summary>
    /// Calls queued or running at once. A request has one blocking call in flight at most and request slots are fewer than
    /// this, so only a defect reaches it; it is then an exception, not a wait, as a reactor cannot wait.
    /// </summary>
    public const int DefaultLimit = 65536;

    private readonly int limit;
    private readonly int available;
    private readonly WorkMailbox mailbox = new();
    private readonly Lock takers = new();
    private readonly Thread[] threads;
    private WorkList queue;
    private int inFlight;
    private bool stopping;

    /// <summary>Starts the threads.</summary>
    public BlockingCalls(int threads = DefaultThreads, int limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        this.limit = limit;
        var created = EventDescriptor.Create(EventDescriptor.Semaphore);
        if (!created.Succeeded) throw new IOException($"Making an eventfd failed: {created.Error}.");
        available = created.Value;
        this.threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            this.threads[i] = new Thread(Serve) { IsBackground = true, Name = $"blocking {i}" };
            this.threads[i].Start();
        }
    }

    /// <summary>Calls queued or running now.</summary>
    public int InFlight => Volatile.Read(ref inFlight);

    /// <summary>
    /// Has the call made by one of the threads; its result comes back to the calling reactor. Throws where the limit is
    /// reached.
    /// </summary>
    public ReactorTask<T> Run<TCall, T>(TCall call)
        where TCall : struct, IBlockingCall<T>
    {
        var reactor = CoreReactor.Current;
        if (Interlocked.Increment(ref inFlight) > limit)
        {
            Interlocked.Decrement(ref inFlight);
            throw new InvalidOperationException($"More than {limit} blocking calls are in flight.");
        }
        var operation = BlockingOperation<TCall, T>.Rent(reactor, call);
        var task = operation.Task;
        operation.EnterQueue();
        mailbox.Push(operation);
        Signal(1);
        return task;
    }

    /// <summary>Ends the threads after the calls that have been asked for.</summary>
    public void Dispose()
    {
        if (stopping) return;
        Volatile.Write(ref stopping, true);
        Signal((ulong)threads.Length);
        foreach (var thread in threads) thread.Join();
        FileCalls.Close(available);
    }

    // One unit of the counter is one item, so a thread that got a unit finds an item, or the order to stop.
    private void Serve()
    {
        while (true)
        {
            var waited = EventDescriptor.Wait(available);
            if (!waited.Succeeded && waited.Error == Errno.EINTR) continue;
            if (!waited.Succeeded) Environment.FailFast($"Waiting for blocking calls failed: {waited.Error}.");
            if (Take() is not { } operation) return;
            operation.LeaveQueue();
            operation.Perform();
            Interlocked.Decrement(ref inFlight);
            operation.PostBack();
        }
    }

    // Reactors only push; this lock is among the threads here, so no reactor ever waits for it.
    private BlockingOperation? Take()
    {
        lock (takers)
        {
            if (queue.IsEmpty) queue.AppendReversed(mailbox.TakeAll());
            return (BlockingOperation?)queue.Take();
        }
    }

    private void Signal(ulong count)
    {
        var signalled = EventDescriptor.Signal(available, count);
        if (!signalled.Succeeded) throw new IOException($"Waking a blocking thread failed: {signalled.Error}.");
    }
}
