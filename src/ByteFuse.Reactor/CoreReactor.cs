using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// One thread, one io_uring, one loop: everything that a request does happens here, from its arrival to its answer.
/// Each turn of the loop hands prepared operations to the kernel and waits with at most one io_uring_enter, then runs every
/// completion (which continues the method that awaits it, at once), due timers, and posted work. Before it waits it may look
/// for work a little longer (<see cref="ReactorOptions.BusyPoll"/>).
/// Nothing that runs here may block. An exception that escapes ends the process.
/// </summary>
public sealed partial class CoreReactor : IDisposable
{
    /// <summary>Turns from one look at the CPU that the thread runs on to the next.</summary>
    private const long TurnsOnOneProcessor = 1024;

    /// <summary>
    /// Turns for which a reactor counts as shared after requests of another mount: some milliseconds where one floods, so that who asks
    /// a few hundred times a second is a quiet one beside it, and a mount that others are idle beside pays nothing.
    /// </summary>
    public const long SharedTurns = 64;

    [ThreadStatic]
    private static CoreReactor? current;

    private readonly ReactorOptions options;
    private readonly int? processor;
    private readonly IoUring ring;
    private readonly RingSlotTable slots;
    private readonly TimerQueue timers;
    private readonly WorkMailbox mailbox = new();
    private readonly WakeUp wakeUp;
    private readonly bool ringTruncates;
    private readonly BusyPoll busyPoll;
    private GiveWayThread? giveWay;
    private long nextAsk = GiveWay.AskEvery;
    private WorkList local;
    private RingOperation? freeOperations;
    private int lastSource;
    private long sharedUntil;
    private int asleep;
    private bool stopping;

    /// <summary>Makes a reactor that <see cref="Run"/> starts; throws where the kernel has no io_uring for it.</summary>
    /// <param name="index">Its number among its siblings.</param>
    /// <param name="options">Bounds and seams.</param>
    /// <param name="blockingCalls">Where calls go that would block.</param>
    /// <param name="processor">The CPU to run on, or null for any.</param>
    public CoreReactor(int index, ReactorOptions options, BlockingCalls blockingCalls, int? processor = null)
    {
        Index = index;
        this.options = options;
        this.processor = processor;
        BlockingCalls = blockingCalls;
        var ringOptions = new RingOptions
        {
            SubmissionEntries = options.SubmissionEntries,
            CompletionEntries = options.CompletionEntries,
            WideEntries = options.WideSubmissionEntries,
        };
        var error = IoUring.TryCreate(ringOptions, out var created);
        if (created is null) throw new IOException($"An io_uring could not be set up: {error}. Linux 6.1 or later is needed.");
        ring = created;
        // Among the ring's registered files: those the kernel lets go when it frees the ring, behind its last request.
        if (options.Witness is { } witness) Require(ring.RegisterFiles([witness]), "Registering a file with an io_uring");
        RegisteredMemory = new RegisteredMemory(ring);
        ringTruncates = ring.Supports(RingOpcode.Ftruncate);
        slots = new RingSlotTable(options.OperationLimit);
        timers = new TimerQueue(options.OperationLimit);
        wakeUp = new WakeUp(this);
        busyPoll = new BusyPoll((long)options.BusyPoll.TotalNanoseconds);
        slots.TryAdd(wakeUp);
    }

    /// <summary>The reactor of the calling thread; throws where there is none.</summary>
    public static CoreReactor Current => current ?? throw new InvalidOperationException("The calling thread is no reactor.");

    /// <summary>The reactor of the calling thread, if it is one.</summary>
    public static CoreReactor? CurrentOrNull => current;

    /// <summary>The number among its siblings, from 0.</summary>
    public int Index { get; }

    /// <summary>The CPU that the thread is pinned to, if it is.</summary>
    public int? Processor => processor;

    /// <summary>The thread's number in /proc/self/task, once it runs.</summary>
    public int ThreadId { get; private set; }

    /// <summary>True where the thread waits for completions, or is about to: a hint, from any thread.</summary>
    public bool IsAsleep => Volatile.Read(ref asleep) != 0;

    /// <summary>Counters since the start.</summary>
    public ReactorStatistics Statistics { get; } = new();

    /// <summary>The time.</summary>
    public IClock Clock => options.Clock;

    /// <summary>Randomness.</summary>
    public IRandom Random => options.Random;

    /// <summary>Where calls go that would block.</summary>
    public BlockingCalls BlockingCalls { get; }

    /// <summary>The ring; submissions go through <see cref="Prepare"/>.</summary>
    public IoUring Ring => ring;

    /// <summary>Memory that the ring's kernel side holds on to.</summary>
    public RegisteredMemory RegisteredMemory { get; }

    /// <summary>A source has requests to serve: true where others have been served here, too, in the latest turns. On the reactor.</summary>
    /// <param name="source">A number that no other source of the process has; not 0.</param>
    public bool IsShared(int source)
    {
        if (source != lastSource)
        {
            if (lastSource != 0) sharedUntil = Statistics.Iterations + SharedTurns;
            lastSource = source;
        }
        return Statistics.Iterations < sharedUntil;
    }

    /// <summary>Objects that wait for completions, or will: operations, and what is attached. To be read from anywhere.</summary>
    public int RingSlots => slots.Count;

    /// <summary>Tells who is to be asked whether to give way; before <see cref="Run"/>.</summary>
    internal void AskBeforeGivingWay(GiveWayThread thread) => giveWay = thread;

    /// <summary>Runs the loop on the calling thread until <see cref="Stop"/>; once only.</summary>
    public void Run()
    {
        if (current is not null) throw new InvalidOperationException("The calling thread is a reactor already.");
        current = this;
        ThreadId = ProcessCalls.ThreadId;
        try
        {
            if (processor is { } cpu) Require(ProcessCalls.PinCurrentThread(cpu), "Pinning a reactor's thread");
            Require(ring.Enable(), "Enabling an io_uring");
            wakeUp.Arm();
            while (!Volatile.Read(ref stopping)) Turn();
        }
        catch (Exception exception)
        {
            Escaped(exception);
        }
        finally
        {
            current = null;
        }
    }

    /// <summary>
    /// Ends the loop after its present turn, from any thread. What is still in flight is not awaited: whoever stops a
    /// reactor has drained it.
    /// </summary>
    public void Stop()
    {
        Volatile.Write(ref stopping, true);
        wakeUp.Signal();
    }

    /// <summary>
    /// Has work executed here, in the order of posting per thread, from any thread. The reactor is woken only where it may
    /// be asleep.
    /// </summary>
    public void Post(ReactorWork work)
    {
        work.EnterQueue();
        if (current == this)
        {
            local.Append(work);
            return;
        }
        mailbox.Push(work);
        // Push is a full fence, and so is what the reactor does between marking itself asleep and looking into the mailbox:
        // either it sees the item or this thread sees the mark.
        if (Volatile.Read(ref asleep) != 0 && Interlocked.Exchange(ref asleep, 0) != 0) wakeUp.Signal();
    }

    /// <summary>Closes the ring of a reactor that does not run (any more).</summary>
    public void Dispose()
    {
        ring.Dispose();
        wakeUp.Dispose();
    }

    private static void Require(IoResult result, string what)
    {
        if (!result.Succeeded) throw new IOException($"{what} failed: {result.Error}.");
    }

    private void Turn()
    {
        Statistics.CountIteration();
        if (Statistics.Iterations % TurnsOnOneProcessor == 0) ReturnToProcessor();
        if (local.IsEmpty && !ring.HasCompletions && !Poll()) SubmitAndWait();
        else if (ring.NeedsSubmit) CheckSubmit(ring.Submit(0));
        RunCompletions();
        RunTimers();
        RunWork();
    }

    // When a CPU goes offline the kernel moves the threads that are tied to it to others and forgets the tie
    // (select_fallback_rq in kernel/sched/core.c); it may be back. While it is not, EINVAL.
    private void ReturnToProcessor()
    {
        if (processor is { } cpu && ProcessCalls.CurrentProcessor != cpu) ProcessCalls.PinCurrentThread(cpu);
    }

    // True where there is something to do without sleeping first.
    private bool Poll()
    {
        var started = Clock.MonotonicNanoseconds;
        var window = busyPoll.Begin(started);
        if (window == 0) return false;
        // Answers go out first: who waits for them is to run meanwhile.
        if (ring.Pending > 0) CheckSubmit(ring.Submit(0));
        var now = started;
        while (now - started < window)
        {
            if (ring.HasCompletions || ring.NeedsSubmit || !mailbox.IsEmpty)
            {
                busyPoll.End();
                Statistics.SetPolling(busyPoll.Found, busyPoll.Wasted);
                return true;
            }
            // Who is to send the next request may want this very CPU.
            ProcessCalls.Yield();
            now = Clock.MonotonicNanoseconds;
        }
        busyPoll.EndInVain(now - started);
        Statistics.SetPolling(busyPoll.Found, busyPoll.Wasted);
        return false;
    }

    private void SubmitAndWait()
    {
        Volatile.Write(ref asleep, 1);
        // The mark is visible before the mailbox is looked at; see Post.
        Interlocked.MemoryBarrier();
        var idle = mailbox.IsEmpty && !Volatile.Read(ref stopping);
        var timeout = idle && timers.Count > 0 ? Math.Max(0, timers.FirstDeadline - Clock.MonotonicNanoseconds) : -1;
        var submitted = ring.Submit(idle ? 1u : 0u, timeout);
        Volatile.Write(ref asleep, 0);
        CheckSubmit(submitted);
        CountWait(ring.Ready);
    }

    // What the thread that decides whether reactors give way goes by; it sleeps until a reactor has news.
    private void CountWait(int completed)
    {
        if (completed == 0) return;
        Statistics.CountWait(lone: completed == 1);
        if (giveWay is null || Statistics.LoneWaits < nextAsk) return;
        nextAsk = Statistics.LoneWaits + GiveWay.AskEvery;
        giveWay.Ask();
    }

    // ETIME and EINTR end a wait. EBUSY and EAGAIN say that the kernel is short of memory or of completion entries: what it
    // did not take stays prepared for the next turn, after completions have been taken.
    private static void CheckSubmit(IoResult result)
    {
        if (!result.Succeeded && result.Error is not (Errno.ETIME or Errno.EINTR or Errno.EBUSY or Errno.EAGAIN))
            throw new IOException($"io_uring_enter failed: {result.Error}.");
    }

    // At most one full queue a turn, so that operations which complete at once cannot keep timers and mailbox waiting.
    private void RunCompletions()
    {
        for (var budget = options.CompletionEntries; budget > 0 && ring.TryTake(out var completion); budget--)
        {
            Statistics.CountCompletion();
            slots.Find(completion.UserData).Complete(completion.Result, completion.Flags);
        }
    }

    private void RunTimers()
    {
        if (timers.Count == 0) return;
        var now = Clock.MonotonicNanoseconds;
        while (timers.Count > 0 && timers.FirstDeadline <= now)
        {
            // Before it fires: what it resumes may be what somebody waits for who then reads the counters.
            Statistics.CountTimer();
            timers.FireFirst();
        }
    }

    // What is posted meanwhile waits for the next turn, so that work which posts itself again cannot keep the ring waiting.
    private void RunWork()
    {
        local.AppendReversed(mailbox.TakeAll());
        var batch = local;
        local = default;
        while (batch.Take() is { } work)
        {
            Statistics.CountWorkItem();
            work.LeaveQueue();
            work.Execute();
        }
    }

    /// <summary>The read of an eventfd that stays on the ring, so that other threads can end the wait for completions.</summary>
    private sealed class WakeUp : RingSlot, IDisposable
    {
        private readonly CoreReactor reactor;
        private readonly int eventDescriptor;
        private readonly NativeMemoryBlock memory = NativeMemoryBlock.Allocate(sizeof(ulong));

        public WakeUp(CoreReactor reactor)
        {
            this.reactor = reactor;
            var created = EventDescriptor.Create();
            Require(created, "Making an eventfd");
            eventDescriptor = created.Value;
        }

        public void Signal() => Require(EventDescriptor.Signal(eventDescriptor), "Waking a reactor");

        public void Arm()
        {
            var entry = reactor.Prepare(this);
            entry.Opcode = RingOpcode.Read;
            entry.Descriptor = eventDescriptor;
            entry.Buffer = memory.Slice;
        }

        public override void Complete(int result, uint flags)
        {
            Require(IoResult.FromRaw(result), "Reading an eventfd");
            reactor.Statistics.CountWakeUp();
            Arm();
        }

        public void Dispose()
        {
            FileCalls.Close(eventDescriptor);
            memory.Dispose();
        }
    }
}
