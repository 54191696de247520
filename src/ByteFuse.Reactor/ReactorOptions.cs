namespace ByteFuse.Reactor;

/// <summary>How reactors are made.</summary>
public sealed record ReactorOptions
{
    /// <summary>
    /// The most reactors by default. Each holds a ring, buffers and pools; beyond 16 cores the metadata engine, not the
    /// request path, is what limits a node, so more would cost memory and gain nothing unless asked for.
    /// </summary>
    public const int DefaultMaximumReactors = 16;

    /// <summary>Upper bound of the reactors; null is <see cref="DefaultMaximumReactors"/>. There is one per usable CPU below it.</summary>
    public int? MaximumReactors { get; init; }

    /// <summary>Ties each reactor's thread to its CPU.</summary>
    public bool Pin { get; init; } = true;

    /// <summary>128-byte submission entries, as FUSE-over-io_uring needs.</summary>
    public bool WideSubmissionEntries { get; init; }

    /// <summary>Submission entries per ring: how much one iteration can hand over with one system call.</summary>
    public uint SubmissionEntries { get; init; } = 256;

    /// <summary>Completion entries per ring; completions beyond wait inside the kernel, so this bounds memory, not work.</summary>
    public uint CompletionEntries { get; init; } = 4096;

    /// <summary>
    /// Operations in flight per reactor, those waiting for a timer included; EAGAIN beyond. Far above what the request slots
    /// of all mounts start at once: it stops a leak before it takes the machine's memory.
    /// </summary>
    public int OperationLimit { get; init; } = 65536;

    /// <summary>Threads for blocking calls at first, and at most for each share of them.</summary>
    public int BlockingThreads { get; init; } = BlockingCalls.DefaultThreads;

    /// <summary>Threads for blocking calls at most.</summary>
    public int MaximumBlockingThreads { get; init; } = BlockingCalls.MaximumThreads;

    /// <summary>Blocking calls that may be queued or running at once.</summary>
    public int BlockingCallLimit { get; init; } = BlockingCalls.DefaultLimit;

    /// <summary>
    /// How long a reactor looks for work at most before it sleeps; shorter where that seldom pays, and at most 5 % of all time is
    /// spent in vain. Zero: not at all.
    /// </summary>
    public TimeSpan BusyPoll { get; init; }

    /// <summary>
    /// Lets reactors that answer one request at a time run behind the threads that wait for the answers, so that these go on on
    /// the CPU that they asked from (<see cref="GiveWay"/>).
    /// </summary>
    public bool GiveWay { get; init; }

    /// <summary>
    /// A descriptor that each ring holds until its last request has ended, also when the process is killed: the kernel finishes
    /// file I/O of a dead process, and who holds the other end of this pipe learns when none is left (hazard 15). Null for none.
    /// </summary>
    public int? Witness { get; init; }

    public IClock Clock { get; init; } = SystemClock.Instance;

    public IRandom Random { get; init; } = SystemRandom.Instance;

    /// <summary>
    /// What is to be done before the process ends over an exception that escaped work on a reactor; null for nothing. It runs on a
    /// thread of its own, while that reactor takes in what the kernel has for it (<see cref="RingSlot.Arrive"/>) and runs nothing.
    /// </summary>
    public Action<Exception>? Failing { get; init; }

    /// <summary>
    /// What to do about an exception that escaped work on a reactor. By default the process ends: state is unknown, and a
    /// successor recovers from the keeper. Tests put something else here.
    /// </summary>
    internal Action<Exception>? Fatal { get; init; }
}
