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

    /// <summary>Threads for blocking calls, shared by the reactors.</summary>
    public int BlockingThreads { get; init; } = BlockingCalls.DefaultThreads;

    /// <summary>Blocking calls that may be queued or running at once.</summary>
    public int BlockingCallLimit { get; init; } = BlockingCalls.DefaultLimit;

    public IClock Clock { get; init; } = SystemClock.Instance;

    public IRandom Random { get; init; } = SystemRandom.Instance;

    /// <summary>
    /// What to do about an exception that escaped work on a reactor. By default the process ends: state is unknown, and a
    /// successor recovers from the keeper. Tests put something else here.
    /// </summary>
    internal Action<Exception>? Fatal { get; init; }
}
