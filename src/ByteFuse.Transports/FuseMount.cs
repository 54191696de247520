using ByteFuse.Data;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports.DevFuse;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Transports;

/// <summary>
/// A mount: one descriptor of /dev/fuse per reactor (one alone where a user may not open the device), each with its slots, and where it was asked for and the kernel agrees,
/// the queues of FUSE-over-io_uring beside them. INIT is answered on the first descriptor alone; the others begin to read
/// when the kernel has its answer.
/// </summary>
public sealed class FuseMount : IDisposable
{
    private static int latestSource;

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
        Connection connection, Action<string> report, bool inherits = false, Action<IReadOnlyList<int>>? kick = null)
    {
        Connection = connection;
        this.report = report;
        this.tryBacking = tryBacking;
        backingFiles = new DevFuseBackingFiles(descriptors[0]);
        notifier = new DevFuseNotifier(descriptors[0]);
        connection.Notifier = notifier;
        // Where the connection goes on, what was agreed on counts.
        var maxWrite = connection.Agreement?.MaxWrite ?? connection.Options.Init.MaxWrite;
        var slots = DevFuseLimits.SlotsPerReactor(maxWrite);
        queues = new DevFuseQueue[descriptors.Length];
        runningQueues = descriptors.Length;
        for (var i = 0; i < queues.Length; i++)
            queues[i] = new DevFuseQueue(this, reactors[i], descriptors[i], i, slots, DevFuseLimits.PayloadLength(maxWrite));
        if (entries is not null)
            uring = new UringTransport(entries, reactors, descriptors, connection, (uint)(queues.Length * slots), Source, report) { Inherits = inherits, Kick = kick };
    }

    /// <summary>The mount as a source of requests, see <see cref="CoreReactor.IsShared"/>.</summary>
    internal int Source { get; } = Interlocked.Increment(ref latestSource);

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
            foreach (var queue in uring.Queues)
            {
                yield return (queue.Reactor.Index, queue.Statistics);
                foreach (var assistant in queue.Assistants) yield return (assistant.Reactor.Index, assistant.Statistics);
            }
        }
    }

    /// <summary>Requests that are in hand now.</summary>
    public int InFlight => queues.Sum(queue => queue.Statistics.InFlight) + (uring?.InFlight ?? 0);

    /// <summary>Notifications that the kernel refused.</summary>
    public long RefusedNotifications => notifier.Refused;

    /// <summary>Bytes mapped for slots and entries.</summary>
    public long MemoryLength => queues.Sum(queue => queue.MemoryLength) + (uring?.Memory.Length ?? 0);

    /// <summary>
    /// Mounts. Blocks the calling thread, which is no reactor, for the time of mount(2). The error is that of the step
    /// which <paramref name="step"/> names: "open /dev/fuse", "mount", "fusermount3 (what it says)" or "clone /dev/fuse".
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
    /// <param name="keep">
    /// Gives all descriptors to a keeper, before the first request is read: one that this process alone had a descriptor for would
    /// be lost with it (ECONNABORTED). The step is "keep" where it fails.
    /// </param>
    public static Errno Mount(
        IReadOnlyList<CoreReactor> reactors,
        FuseMountOptions options,
        UringMemory? entries,
        Func<IBackingFiles, Errno>? tryBacking,
        Connection connection,
        Action<string> report,
        out string step,
        out FuseMount? mount,
        Func<IReadOnlyList<int>, Errno>? keep = null)
    {
        mount = null;
        var error = MountTree.Mount(options, out var first, out step);
        if (error != Errno.None) return error;
        var descriptors = new List<int> { first };
        step = "clone /dev/fuse";
        while (descriptors.Count < reactors.Count)
        {
            var clone = FuseDevice.Clone(first, nonBlocking: true);
            // A user whom fusermount3 gave a descriptor, and who may not open the device: one has to do.
            if (clone.Error == Errno.EACCES) break;
            if (!clone.Succeeded) return Undo(options, descriptors, clone.Error);
            descriptors.Add(clone.Value);
        }
        step = "keep";
        if (keep?.Invoke(descriptors) is { } unkept and not Errno.None) return Undo(options, descriptors, unkept);
        mount = new FuseMount(reactors, [.. descriptors], entries, tryBacking, connection, report);
        mount.Start(0);
        return Errno.None;
    }

    /// <summary>
    /// Goes on with a mount whose daemon has died: there is no INIT, what was agreed on is in the connection's memory. The kernel is
    /// asked for what the dead one had in hand once, before anything is read (hazard 16): it sends again what this daemon has read,
    /// too. Nothing that the dead one began may still be running (hazard 15).
    /// </summary>
    /// <param name="reactors">Where requests are served.</param>
    /// <param name="descriptors">
    /// Those of the mount, which are the mount's from now on. There are as many queues as descriptors, but not more than reactors;
    /// the rest are not read, as any of them gets any request.
    /// </param>
    /// <param name="entries">Those of io_uring, mapped where they were; null where they are not used. Given away.</param>
    /// <param name="tryBacking">As for <see cref="Mount"/>, for a daemon that died before it had tried.</param>
    /// <param name="connection">Made with the memory of the connection.</param>
    /// <param name="kick">
    /// For io_uring: has a process other than this one make a request of the file system on each of these CPUs, soon. Called on a reactor.
    /// </param>
    /// <param name="report">As for <see cref="Mount"/>.</param>
    public static FuseMount Adopt(
        IReadOnlyList<CoreReactor> reactors, IReadOnlyList<int> descriptors, UringMemory? entries, Func<IBackingFiles, Errno>? tryBacking,
        Connection connection, Action<IReadOnlyList<int>> kick, Action<string> report)
    {
        if (connection.Agreement is not { } agreement) throw new ArgumentException("Nothing was agreed on with this connection.", nameof(connection));
        var used = Math.Min(reactors.Count, descriptors.Count);
        for (var i = used; i < descriptors.Count; i++) FileCalls.Close(descriptors[i]);
        var mount = new FuseMount(reactors, [.. descriptors.Take(used)], entries, tryBacking, connection, report, inherits: true, kick) { agreed = true };
        mount.SettlePassthrough(agreement);
        connection.Inheritance.Begin(used + (mount.uring?.Queues.Count ?? 0));
        var resent = mount.notifier.Resend();
        // Gone meanwhile: the queues find out and end.
        if (resent is not (Errno.None or Errno.ENODEV or Errno.ENOTCONN or Errno.EPERM))
            report($"the kernel does not send requests again: {resent}; callers of the daemon that died may wait until the mount is ended");
        CrashPoint.Pass(CrashPoint.AfterResend);
        for (var i = 0; i < used; i++) mount.Start(i);
        if (mount.uring is null) mount.ready.TrySetResult();
        else mount.uring.Start(mount.UringSettled);
        return mount;
    }

    /// <summary>
    /// Stops reading although the mount is still there, because it is held busy: requests that come later wait until the
    /// process ends and get ENOTCONN then. <see cref="Ended"/> completes.
    /// </summary>
    public void Abandon()
    {
        foreach (var queue in queues) queue.Reactor.Post(new QueueEnd(() => queue.End(Errno.ECANCELED)));
    }

    /// <summary>
    /// Before this process dies for a successor: serves no more of what comes through io_uring. The kernel fails what it hands to a process
    /// that is dying, so that it must not have an entry left when that begins: <see cref="HoldsAll"/>, once enough requests have come.
    /// </summary>
    public void Hold() => uring?.Hold();

    /// <summary>See <see cref="Hold"/>; from any thread.</summary>
    /// <param name="processors">The CPUs that requests come from.</param>
    public bool HoldsAll(IReadOnlyList<int> processors) => EntryDepth == 0 || uring!.HoldsAll(processors);

    /// <summary>The most entries of a CPU; 0 where requests do not come through io_uring.</summary>
    public int EntryDepth => uring is not null && Transport == TransportKind.Uring ? uring.Queues.Max(queue => queue.Entries) : 0;

    /// <summary>
    /// After <see cref="Ended"/> and once nothing is in hand, on each reactor in turn: what the reactor has of the mount is given
    /// back, so that <see cref="Dispose"/> may follow while it goes on. False where the kernel keeps an entry.
    /// </summary>
    public ReactorTask<bool> Release() => uring is null ? new ReactorTask<bool>(true) : uring.Release();

    /// <summary>Closes the descriptors and frees the slots, after the reactors have stopped, or after <see cref="Release"/> on each.</summary>
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

    private static Errno Undo(FuseMountOptions options, List<int> descriptors, Errno error)
    {
        // Detached, not just unmounted: whoever looked at it in this moment must not keep a dead mount there.
        MountTree.Unmount(options.MountPoint, MountCalls.Detach);
        foreach (var fd in descriptors) FileCalls.Close(fd);
        return error;
    }

    private void SettlePassthrough(InitAgreement agreement)
    {
        if (tryBacking is null) return;
        PassthroughRefusal = Errno.EOPNOTSUPP;
        if ((agreement.Flags & InitFlags.Passthrough) == 0) return;
        PassthroughRefusal = Connection.SettleBackingFiles(backingFiles, tryBacking, out var held);
        backingFiles.Inherit(held);
    }

    private void UringSettled(Errno error)
    {
        UringRefusal = error;
        if (Connection.Memory is { } memory) memory.UringRefusal = error;
        Transport = error == Errno.None ? TransportKind.Uring : TransportKind.Classic;
        ready.TrySetResult();
    }

    private void Start(int index) => queues[index].Reactor.Post(queues[index]);
}
