using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// The queues of a mount's requests that come through the reactors' rings (FUSE-over-io_uring), one for every possible CPU.
/// FORGET, INTERRUPT and whatever the kernel sends before all queues have an entry come through /dev/fuse beside it.
/// </summary>
internal sealed class UringTransport : IDisposable
{
    private readonly UringPlan plan;
    private readonly UringMemory memory;
    private readonly UringQueue[] queues;
    private readonly QueueWaker waker;
    private readonly Action<string> report;
    private readonly uint firstSlot;
    private readonly int reactorCount;
    private Action<Errno>? settled;
    private Action? allEnded;
    private int probing;
    private int running;
    private int spares;
    private int firstError;
    private bool held;

    /// <summary>Makes the queues of a connection; nothing is registered yet.</summary>
    /// <param name="memory">Their entries.</param>
    /// <param name="reactors">Where requests are served.</param>
    /// <param name="descriptors">Descriptors of the connection, one for each reactor or fewer.</param>
    /// <param name="connection">Where requests go.</param>
    /// <param name="firstSlot">The number of the first slot that no other queue of the connection has.</param>
    /// <param name="source">The mount's number.</param>
    /// <param name="report">Takes one line about what should not happen.</param>
    internal UringTransport(
        UringMemory memory, IReadOnlyList<CoreReactor> reactors, int[] descriptors, Connection connection, uint firstSlot, int source, Action<string> report)
    {
        plan = memory.Plan;
        this.memory = memory;
        this.report = report;
        this.firstSlot = firstSlot;
        reactorCount = reactors.Max(reactor => reactor.Index) + 1;
        waker = new QueueWaker(descriptors[0]);
        Connection = connection;
        queues = new UringQueue[plan.Queues];
        var shares = reactors.Select(reactor => new TurnShare(reactor, source)).ToArray();
        probing = running = plan.Queues;
        for (var i = 0; i < queues.Length; i++)
        {
            var server = ReactorOf(i, reactors);
            var others = Enumerable.Range(1, reactors.Count - 1).Select(step => reactors[(server + step) % reactors.Count]);
            queues[i] = new UringQueue(this, reactors[server], others, descriptors[server % descriptors.Length], (ushort)i, plan.Depth, shares[server]);
        }
    }

    /// <summary>Where requests go.</summary>
    public Connection Connection { get; }

    /// <summary>True where the entries are those of a daemon that died.</summary>
    public bool Inherits { get; init; }

    /// <summary>
    /// Has another process make a request on each of these CPUs, soon; called on a reactor. The kernel takes requests that wait when
    /// an entry is committed, not when one is registered, and a thread of this process that waits for an answer of its own could not be
    /// killed.
    /// </summary>
    public Action<IReadOnlyList<int>>? Kick { get; init; }

    /// <summary>True once <see cref="Hold"/> was called; from any thread.</summary>
    public bool IsHeld => Volatile.Read(ref held);

    /// <summary>The queues, by CPU.</summary>
    public IReadOnlyList<UringQueue> Queues => queues;

    /// <summary>Requests that are in hand now, those on their way to an assistant included.</summary>
    public int InFlight => queues.Sum(queue => queue.Statistics.InFlight + queue.Assistants.Sum(assistant => assistant.InHand));

    /// <summary>The memory of the entries.</summary>
    public UringMemory Memory => memory;

    /// <summary>
    /// Registers the entries, after INIT has been answered. <paramref name="whenSettled"/> is called once, on a reactor: with
    /// no error when every queue has an entry, so that the kernel sends requests to them; with the first error where it
    /// took one of them not, and then goes on sending requests to /dev/fuse.
    /// </summary>
    public void Start(Action<Errno> whenSettled)
    {
        settled = whenSettled;
        // The kernel's locks need none.
        if (Inherits && Connection.Options.Locks == LockKeeper.Daemon) spares = CountSpares();
        foreach (var queue in queues) queue.Reactor.Post(queue);
    }

    /// <summary>
    /// Serves nothing more and gives nothing to the kernel: what it puts into entries stays there for a successor, and so do replies.
    /// </summary>
    public void Hold() => Volatile.Write(ref held, true);

    /// <summary>
    /// After <see cref="Hold"/>: true where the kernel has no entry left to put a request into. It would hand one to this process while
    /// it dies, and fail it (ECANCELED).
    /// </summary>
    /// <param name="processors">The CPUs that requests come from.</param>
    public bool HoldsAll(IReadOnlyList<int> processors) => processors.All(processor => queues[processor].HoldsAll());

    /// <summary>Has every queue serve no further and then calls <paramref name="whenEnded"/>, on a reactor.</summary>
    public void End(Action whenEnded)
    {
        allEnded = whenEnded;
        foreach (var queue in queues) queue.Reactor.Post(new QueueEnd(queue.End));
    }

    /// <summary>
    /// After the queues have ended and no request is in hand, on each reactor in turn: awaits the entries that the kernel has yet
    /// to give back, which it does when the connection is gone, and has the ring forget all of them. False where it keeps one.
    /// </summary>
    public async ReactorTask<bool> Release()
    {
        var reactor = CoreReactor.Current;
        for (var look = 0; look < UringLimits.ReleaseLooks; look++)
        {
            var released = true;
            foreach (var queue in queues) released &= queue.TryRelease(reactor);
            if (released) return true;
            await reactor.Delay(UringLimits.ReleasePause);
        }
        return false;
    }

    /// <summary>After the reactors have stopped, or after <see cref="Release"/> on each.</summary>
    public void Dispose()
    {
        waker.Dispose();
        memory.Dispose();
    }

    /// <summary>An entry of a queue within the plan.</summary>
    internal UringRequest Entry(int queue, int index) => Request(queues[queue], queue * plan.Depth + index);

    /// <summary>Takes the number of an entry beyond the plan, for a queue; -1 where none is left.</summary>
    internal int TakeSpare(ushort queue)
    {
        var taken = Interlocked.Increment(ref spares) - 1;
        if (taken < UringLimits.MaximumSpares)
        {
            // A successor goes on with it, whatever becomes of it here.
            Volatile.Write(ref memory.QueueOf(SpareEntry(taken)), queue + 1u);
            return taken;
        }
        Interlocked.Decrement(ref spares);
        return -1;
    }

    /// <summary>The entry beyond the plan with that number.</summary>
    internal UringRequest Spare(UringQueue queue, int number)
    {
        if (Connection.Memory is not null) memory.BecomeResident(SpareEntry(number));
        return Request(queue, SpareEntry(number));
    }

    /// <summary>The numbers of those beyond the plan that a queue of the daemon before this one had taken.</summary>
    internal IEnumerable<int> InheritedSpares(ushort queue)
    {
        for (var number = 0; number < spares; number++)
        {
            if (memory.QueueOf(SpareEntry(number)) == queue + 1u) yield return number;
        }
    }

    /// <summary>A queue knows whether the kernel took its first entry.</summary>
    internal void Probed(Errno error)
    {
        if (error != Errno.None) Interlocked.CompareExchange(ref firstError, (int)error, (int)Errno.None);
        if (Interlocked.Decrement(ref probing) > 0) return;
        var refused = (Errno)Volatile.Read(ref firstError);
        if (refused == Errno.None)
        {
            foreach (var queue in queues) queue.Reactor.Post(queue);
            if (Inherits) Kick?.Invoke([.. Enumerable.Range(0, queues.Length).Where(queue => !queues[queue].HasCommitted)]);
        }
        settled!(refused);
    }

    /// <summary>A queue serves no further.</summary>
    internal void QueueEnded()
    {
        if (Interlocked.Decrement(ref running) == 0) allEnded!();
    }

    /// <summary>Has the kernel send a request to a queue.</summary>
    internal void WakeQueue(int queue, ulong nodeId) => waker.Wake(queue, nodeId).Detach();

    internal void Report(string problem) => report(problem);

    private int SpareEntry(int number) => plan.Queues * plan.Depth + number;

    // They are taken one after the other, but a process may be killed while several of its reactors are about to say for whom.
    private int CountSpares()
    {
        var used = 0;
        for (var number = 0; number < Math.Min(used + UringLimits.SparesTakenAtOnce, UringLimits.MaximumSpares); number++)
        {
            if (memory.QueueOf(SpareEntry(number)) != 0) used = number + 1;
        }
        return used;
    }

    // The CPU's own reactor: the application that waits for the answer has left the CPU to it. Where there is none, any.
    private static int ReactorOf(int processor, IReadOnlyList<CoreReactor> reactors)
    {
        for (var i = 0; i < reactors.Count; i++)
        {
            if (reactors[i].Processor == processor) return i;
        }
        return processor % reactors.Count;
    }

    private UringRequest Request(UringQueue queue, int entry) => new(queue, memory, entry, firstSlot + (uint)entry, reactorCount, Connection.Memory is not null);
}
