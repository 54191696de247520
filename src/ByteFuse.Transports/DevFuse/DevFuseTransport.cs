using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.DevFuse;

/// <summary>
/// A mount through /dev/fuse: one descriptor of the connection per reactor, each with its slots. INIT is answered on the
/// first descriptor alone; the others begin to read when the kernel has its answer.
/// </summary>
public sealed class DevFuseTransport : IDisposable
{
    private readonly DevFuseQueue[] queues;
    private readonly DevFuseNotifier notifier;
    private readonly Action<string> report;
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Errno> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int runningQueues;
    private bool agreed;

    private DevFuseTransport(IReadOnlyList<CoreReactor> reactors, int[] descriptors, Connection connection, Action<string> report)
    {
        Connection = connection;
        this.report = report;
        notifier = new DevFuseNotifier(descriptors[0]);
        connection.Notifier = notifier;
        var maxWrite = connection.Options.Init.MaxWrite;
        var slots = DevFuseLimits.SlotsPerReactor(maxWrite);
        queues = new DevFuseQueue[descriptors.Length];
        runningQueues = descriptors.Length;
        for (var i = 0; i < queues.Length; i++)
            queues[i] = new DevFuseQueue(this, reactors[i], descriptors[i], i, slots, DevFuseLimits.PayloadLength(maxWrite));
    }

    /// <summary>The connection that the mount's requests go to.</summary>
    public Connection Connection { get; }

    /// <summary>Completes when INIT is answered and all queues read.</summary>
    public Task Ready => ready.Task;

    /// <summary>Completes when no queue reads any more: ENODEV after an unmount, ECONNABORTED after an abort, other errors as they are.</summary>
    public Task<Errno> Ended => ended.Task;

    /// <summary>Counters by reactor.</summary>
    public IReadOnlyList<DevFuseQueueStatistics> Statistics => [.. queues.Select(queue => queue.Statistics)];

    /// <summary>Requests that hold a slot now.</summary>
    public int InFlight => queues.Sum(queue => queue.Statistics.InFlight);

    /// <summary>Notifications to the kernel that were not made: too many waited, or it refused them.</summary>
    public long DroppedNotifications => notifier.Dropped;

    /// <summary>Bytes mapped for slots.</summary>
    public long MemoryLength => queues.Sum(queue => queue.MemoryLength);

    /// <summary>
    /// Mounts. Blocks the calling thread, which is no reactor, for the time of mount(2). The error is that of the step
    /// which <paramref name="step"/> names: "open /dev/fuse", "mount" or "clone /dev/fuse".
    /// </summary>
    /// <param name="reactors">Where requests are served.</param>
    /// <param name="options">What mount(2) is told.</param>
    /// <param name="connection">Where requests go.</param>
    /// <param name="report">Takes one line about what should not happen; called on reactors, does not block.</param>
    /// <param name="step">What failed.</param>
    /// <param name="transport">The mount.</param>
    public static Errno Mount(
        IReadOnlyList<CoreReactor> reactors,
        DevFuseMountOptions options,
        Connection connection,
        Action<string> report,
        out string step,
        out DevFuseTransport? transport)
    {
        transport = null;
        step = "open /dev/fuse";
        var first = FuseDevice.Open(nonBlocking: true);
        if (!first.Succeeded) return first.Error;
        var descriptors = new List<int> { first.Value };
        step = "mount";
        var mounted = MountCalls.Mount(options.Source, options.MountPoint, options.Type, options.Flags, options.Data(first.Value));
        if (!mounted.Succeeded) return Abandon(descriptors, mounted.Error);
        step = "clone /dev/fuse";
        while (descriptors.Count < reactors.Count)
        {
            var clone = FuseDevice.Clone(first.Value, nonBlocking: true);
            if (!clone.Succeeded)
            {
                // Detached, not just unmounted: whoever looked at it in this moment must not keep a dead mount there.
                MountCalls.Unmount(options.MountPoint, MountCalls.Detach);
                return Abandon(descriptors, clone.Error);
            }
            descriptors.Add(clone.Value);
        }
        transport = new DevFuseTransport(reactors, [.. descriptors], connection, report);
        transport.Start(0);
        return Errno.None;
    }

    /// <summary>
    /// Stops reading although the mount is still there, because it is held busy: requests that come later wait until the
    /// process ends and get ENOTCONN then. <see cref="Ended"/> completes.
    /// </summary>
    public void Abandon()
    {
        foreach (var queue in queues) queue.Reactor.Post(new EndQueue(queue));
    }

    /// <summary>Closes the descriptors and frees the slots, after the reactors have stopped.</summary>
    public void Dispose()
    {
        notifier.Dispose();
        foreach (var queue in queues) queue.Dispose();
    }

    /// <summary>Every queue calls this after a reply; the first one waits for INIT's.</summary>
    internal void AfterAnswer(DevFuseQueue queue)
    {
        if (agreed || queue != queues[0] || Connection.Agreement is null) return;
        agreed = true;
        for (var i = 1; i < queues.Length; i++) Start(i);
        ready.TrySetResult();
    }

    /// <summary>A queue reads no more.</summary>
    internal void QueueEnded(Errno reason)
    {
        // Queues that were never started cannot end by themselves: the first one speaks for them.
        var remaining = agreed ? Interlocked.Decrement(ref runningQueues) : 0;
        if (remaining == 0) ended.TrySetResult(reason);
    }

    internal void Report(string problem) => report(problem);

    private static Errno Abandon(List<int> descriptors, Errno error)
    {
        foreach (var fd in descriptors) FileCalls.Close(fd);
        return error;
    }

    private void Start(int index) => queues[index].Reactor.Post(queues[index]);

    private sealed class EndQueue(DevFuseQueue queue) : ReactorWork
    {
        public override void Execute() => queue.End(Errno.ECANCELED);
    }
}
