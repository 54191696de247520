using ByteFuse.Data;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports.DevFuse;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Transports;

/// <summary>
/// A mount: one descriptor of /dev/fuse per reactor, each with its slots, and where it was asked for and the kernel agrees,
/// the queues of FUSE-over-io_uring beside them. INIT is answered on the first descriptor alone; the others begin to read
/// when the kernel has its answer.
/// </summary>
public sealed class FuseMount : IDisposable
{
    private readonly DevFuseQueue[] queues;
    private readonly DevFuseNotifier notifier;
    private readonly DevFuseBackingFiles backingFiles;
    private readonly Func<IBackingFiles, Errno>? tryBacking;
    private readonly UringTransport? uring;
    private readonly Action<string> report;
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Errno> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int runningQueues;
    private bool agreed;

    private FuseMount(
        IReadOnlyList<CoreReactor> reactors, int[] descriptors, UringMemory? entries, Func<IBackingFiles, Errno>? tryBacking,
        Connection connection, Action<string> report)
    {
        Connection = connection;
        this.report = report;
        this.tryBacking = tryBacking;
        backingFiles = new DevFuseBackingFiles(descriptors[0]);
        notifier = new DevFuseNotifier(descriptors[0]);
        connection.Notifier = notifier;
        var maxWrite = connection.Options.Init.MaxWrite;
        var slots = DevFuseLimits.SlotsPerReactor(maxWrite);
        queues = new DevFuseQueue[descriptors.Length];
        runningQueues = descriptors.Length;
        for (var i = 0; i < queues.Length; i++)
            queues[i] = new DevFuseQueue(this, reactors[i], descriptors[i], i, slots, DevFuseLimits.PayloadLength(maxWrite));
        if (entries is not null)
            uring = new UringTransport(entries, reactors, descriptors, connection, (uint)(queues.Length * slots), report);
    }

    /// <summary>The connection that the mount's requests go to.</summary>
    public Connection Connection { get; }

    /// <summary>How requests come; settled once <see cref="Ready"/> has completed.</summary>
    public TransportKind Transport { get; private set; }

    /// <summary>
    /// Why requests do not come through io_uring although entries were given: EOPNOTSUPP where INIT did not offer it,
    /// otherwise what REGISTER failed with.
    /// </summary>
    public Errno UringRefusal { get; private set; }

    /// <summary>True where the kernel reads and writes files by itself; settled once <see cref="Ready"/> has completed.</summary>
    public bool Passthrough => Connection.BackingFiles is not null;

    /// <summary>
    /// Why it does not although it was asked to: EOPNOTSUPP where INIT did not offer it, otherwise what it refused a file with.
    /// </summary>
    public Errno PassthroughRefusal { get; private set; }

    /// <summary>Files that the kernel reads and writes by itself now.</summary>
    public int BackingFiles => backingFiles.Count;

    /// <summary>Where the entries of io_uring are mapped, and how many bytes of address space they take; null without.</summary>
    public (long Address, long Length)? EntryMemory => uring is null ? null : (uring.Memory.Address, uring.Memory.Length);

    /// <summary>Completes when INIT is answered and all queues read.</summary>
    public Task Ready => ready.Task;

    /// <summary>Completes when no queue reads any more: ENODEV after an unmount, ECONNABORTED after an abort, other errors as they are.</summary>
    public Task<Errno> Ended => ended.Task;

    /// <summary>Counters of every queue, with the reactor that serves it.</summary>
    public IEnumerable<(int Reactor, QueueStatistics Statistics)> Statistics
    {
        get
        {
            foreach (var queue in queues) yield return (queue.Reactor.Index, queue.Statistics);
            // Where the kernel did not take them they serve nobody.
            if (uring is null || Transport != TransportKind.Uring) yield break;
            foreach (var queue in uring.Queues) yield return (queue.Reactor.Index, queue.Statistics);
        }
    }

    /// <summary>Requests that are in hand now.</summary>
    public int InFlight => Statistics.Sum(queue => queue.Statistics.InFlight);

    /// <summary>Notifications that the kernel refused.</summary>
    public long RefusedNotifications => notifier.Refused;

    /// <summary>Bytes mapped for slots and entries.</summary>
    public long MemoryLength => queues.Sum(queue => queue.MemoryLength) + (uring?.Memory.Length ?? 0);

    /// <summary>
    /// Mounts. Blocks the calling thread, which is no reactor, for the time of mount(2). The error is that of the step
    /// which <paramref name="step"/> names: "open /dev/fuse", "mount" or "clone /dev/fuse".
    /// </summary>
    /// <param name="reactors">Where requests are served.</param>
    /// <param name="options">What mount(2) is told.</param>
    /// <param name="entries">
    /// For requests through io_uring: the reactors' rings have wide entries, and INIT asks for OVER_IO_URING. Null, and INIT
    /// does not, for the classic transport: a kernel that agreed would wait for ever for entries. Given away where this succeeds.
    /// </param>
    /// <param name="tryBacking">
    /// For passthrough: tries whether the kernel takes files of the data store; INIT asks for PASSTHROUGH. Called on a reactor
    /// before the first OPEN. Null without.
    /// </param>
    /// <param name="connection">Where requests go.</param>
    /// <param name="report">Takes one line about what should not happen; called on reactors, does not block.</param>
    /// <param name="step">What failed.</param>
    /// <param name="mount">The mount.</param>
    public static Errno Mount(
        IReadOnlyList<CoreReactor> reactors,
        FuseMountOptions options,
        UringMemory? entries,
        Func<IBackingFiles, Errno>? tryBacking,
        Connection connection,
        Action<string> report,
        out string step,
        out FuseMount? mount)
    {
        mount = null;
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
        mount = new FuseMount(reactors, [.. descriptors], entries, tryBacking, connection, report);
        mount.Start(0);
        return Errno.None;
    }

    /// <summary>
    /// Stops reading although the mount is still there, because it is held busy: requests that come later wait until the
    /// process ends and get ENOTCONN then. <see cref="Ended"/> completes.
    /// </summary>
    public void Abandon()
    {
        foreach (var queue in queues) queue.Reactor.Post(new QueueEnd(() => queue.End(Errno.ECANCELED)));
    }

    /// <summary>Closes the descriptors and frees the slots, after the reactors have stopped.</summary>
    public void Dispose()
    {
        uring?.Dispose();
        foreach (var queue in queues) queue.Dispose();
    }

    /// <summary>Every queue calls this after a reply; the first one waits for INIT's.</summary>
    internal void AfterAnswer(DevFuseQueue queue)
    {
        if (agreed || queue != queues[0] || Connection.Agreement is not { } agreement) return;
        agreed = true;
        SettlePassthrough(agreement);
        for (var i = 1; i < queues.Length; i++) Start(i);
        if (uring is null)
        {
            ready.TrySetResult();
        }
        else if ((agreement.Flags & InitFlags.OverIoUring) == 0)
        {
            UringSettled(Errno.EOPNOTSUPP);
        }
        else
        {
            uring.Start(UringSettled);
        }
    }

    /// <summary>A queue of /dev/fuse reads no more.</summary>
    internal void QueueEnded(Errno reason)
    {
        // Queues that were never started cannot end by themselves: the first one speaks for them.
        if (agreed && Interlocked.Decrement(ref runningQueues) > 0) return;
        // A request that the kernel has put into an entry may still be on its way through the ring: it must not be served
        // once the volume is being closed.
        if (uring is null) ended.TrySetResult(reason);
        else uring.End(() => ended.TrySetResult(reason));
    }

    internal void Report(string problem) => report(problem);

    private static Errno Abandon(List<int> descriptors, Errno error)
    {
        foreach (var fd in descriptors) FileCalls.Close(fd);
        return error;
    }

    private void SettlePassthrough(InitAgreement agreement)
    {
        if (tryBacking is null) return;
        PassthroughRefusal = (agreement.Flags & InitFlags.Passthrough) == 0 ? Errno.EOPNOTSUPP : tryBacking(backingFiles);
        if (PassthroughRefusal == Errno.None) Connection.BackingFiles = backingFiles;
    }

    private void UringSettled(Errno error)
    {
        UringRefusal = error;
        Transport = error == Errno.None ? TransportKind.Uring : TransportKind.Classic;
        ready.TrySetResult();
    }

    private void Start(int index) => queues[index].Reactor.Post(queues[index]);
}
