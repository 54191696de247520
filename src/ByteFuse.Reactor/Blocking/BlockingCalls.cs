namespace ByteFuse.Reactor;

/// <summary>
/// Has calls that would block a reactor made by threads of their own: syncing a log, copy_file_range, lseek for data, syncfs, engine
/// reads that miss their cache. First come, first served. Reactors of a set share one; a volume has a share of the same threads
/// (<see cref="Share"/>).
/// </summary>
public sealed class BlockingCalls : IDisposable
{
    /// <summary>
    /// Threads of a share at once: enough that one long call (a sync) does not delay the short ones behind it, few enough that they do
    /// not crowd out the reactors.
    /// </summary>
    public const int DefaultThreads = 4;

    /// <summary>
    /// Threads of all shares: some sixteen volumes may hang with all of theirs before others wait. They are started as they are needed,
    /// and stay.
    /// </summary>
    public const int MaximumThreads = 64;

    /// <summary>
    /// Calls queued or running at once. A request has one blocking call in flight at most and request slots are fewer than
    /// this, so only a defect reaches it; it is then an exception, not a wait, as a reactor cannot wait.
    /// </summary>
    public const int DefaultLimit = 65536;

    private readonly int limit;
    private readonly int threadsAtOnce;
    private readonly bool owns;
    private readonly BlockingThreads threads;
    private readonly WorkMailbox mailbox = new();
    private WorkList queue;
    private int inFlight;

    /// <summary>Starts threads.</summary>
    /// <param name="threads">To begin with, and at most for each share.</param>
    /// <param name="limit">Calls queued or running at once, of each share.</param>
    /// <param name="maximumThreads">Of all shares; no more than <paramref name="threads"/> unless this is greater.</param>
    public BlockingCalls(int threads = DefaultThreads, int limit = DefaultLimit, int maximumThreads = 0)
        : this(new BlockingThreads(Positive(threads), Math.Max(threads, maximumThreads)), threads, Positive(limit), owns: true)
    {
    }

    private BlockingCalls(BlockingThreads threads, int threadsAtOnce, int limit, bool owns)
    {
        this.threads = threads;
        this.threadsAtOnce = threadsAtOnce;
        this.limit = limit;
        this.owns = owns;
        threads.Add(this);
    }

    /// <summary>Calls queued or running now.</summary>
    public int InFlight => Volatile.Read(ref inFlight);

    /// <summary>Threads that there are, for all shares.</summary>
    public int Threads => threads.Count;

    /// <summary>Those that are running; under the threads' lock.</summary>
    internal int Running { get; set; }

    /// <summary>
    /// The same threads for somebody else: neither takes the other's part of them. Disposed of when nothing of it is in flight any more.
    /// </summary>
    public BlockingCalls Share() => new(threads, threadsAtOnce, limit, owns: false);

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
        threads.Signal();
        return task;
    }

    /// <summary>Ends the threads after the calls that have been asked for, or gives back a share.</summary>
    public void Dispose()
    {
        if (owns) threads.Dispose();
        else threads.Remove(this);
    }

    /// <summary>The next call, unless as many are running as may; under the threads' lock.</summary>
    internal BlockingOperation? Take()
    {
        if (Running >= threadsAtOnce) return null;
        if (queue.IsEmpty) queue.AppendReversed(mailbox.TakeAll());
        return (BlockingOperation?)queue.Take();
    }

    /// <summary>A call has been made.</summary>
    internal void Done(BlockingOperation operation)
    {
        Interlocked.Decrement(ref inFlight);
        operation.PostBack();
    }

    private static int Positive(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        return number;
    }
}
