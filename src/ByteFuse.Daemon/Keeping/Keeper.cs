using System.Diagnostics;
using System.Runtime.InteropServices;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// A process that holds what must outlive a daemon: every descriptor and the memory of each of its mounts. It starts the daemon,
/// has another process stand by to become it when it dies, and gives that one everything. It never reads a request. One thread,
/// which waits for all of them.
/// </summary>
public sealed class Keeper : IDisposable
{
    private string program;
    private readonly IReadOnlyList<string> arguments;
    private readonly RestartPolicy policy;
    private readonly Log log;
    private Action? onStart;
    private readonly KeptMounts mounts = new();
    private readonly Witnesses witnesses = new();
    private readonly StandbySlot standby;
    private readonly int wake;
    private readonly Lock gate = new();
    private int generation;

    // Null between the end of one and the start of the next, which is at a time of Environment.TickCount64.
    private DaemonProcess? daemon;
    private long nextStart;
    private int lastCode = (int)ExitCode.Failure;

    // Told to end, and whether the present daemon is there for that alone.
    private bool stopping;
    private bool isLast;

    // What the next daemon is to be started from, and what the present one was where that is not known to serve yet.
    private string? next;
    private string? tried;

    private StoredMounts? stored;
    private volatile bool leaving;
    private KeeperListener? listener;

    /// <param name="program">The daemon's program; an absolute path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="policy">When it is started again.</param>
    /// <param name="log">Where to say what happens.</param>
    /// <param name="onStart">Called once, when the first daemon has been started with this process's standard descriptors.</param>
    public Keeper(string program, IReadOnlyList<string> arguments, RestartPolicy policy, Log log, Action? onStart = null)
    {
        this.onStart = onStart;
        this.program = program;
        this.arguments = arguments;
        this.policy = policy;
        this.log = log;
        standby = new StandbySlot(arguments, policy, log);
        var created = EventDescriptor.Create();
        if (!created.Succeeded) throw new IOException($"eventfd: {created.Error}");
        wake = (int)created.Value;
    }

    /// <summary>Where other keepers may ask to go on in this one's place; null for nowhere.</summary>
    public string? SocketPath { get; init; }

    /// <summary>
    /// Who started this process as a service and stores what it keeps: told when the daemon serves. With it, SIGUSR2 ends keeper and daemon
    /// and leaves all mounts to the next keeper of the service. Null where nobody did.
    /// </summary>
    public ServiceManager? Manager { get; init; }

    /// <summary>True at the end of one in whose place another keeper goes on.</summary>
    public bool HandedOver { get; private set; }

    /// <summary>The run directory's lock, which stays its holder's: whoever is kept is given a copy. -1 for none.</summary>
    public int LockDescriptor { get; set; } = -1;

    /// <summary>
    /// Goes on in the place of a keeper that is gone, for the daemon that started this process. Its first word comes over the socket.
    /// </summary>
    /// <param name="descriptor">The socket; given away.</param>
    public void Adopt(int descriptor)
    {
        var socket = new KeeperSocket(descriptor);
        var error = socket.Receive(out var said, out var descriptors);
        if (error != Errno.None || said!.Kind != KeeperMessage.Adopt || descriptors.Length is not (1 or 2))
            throw new Refusal(ExitCode.Failure, $"no daemon asks to be adopted: {error.Describe()}");
        Inherit(said, socket, descriptors);
        error = Greet(socket);
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"the daemon is gone: {error.Describe()}");
    }

    /// <summary>
    /// Goes on in the place of the keeper that listens on a socket, with its daemon and mounts in use; a <see cref="Refusal"/> where that
    /// one goes on itself.
    /// </summary>
    public static Keeper Succeed(string path, RestartPolicy policy, Log log)
    {
        using var line = KeeperListener.Connect(path);
        var error = line.Send(new KeeperMessage { Kind = KeeperMessage.Succeed, Protocol = KeeperMessage.CurrentProtocol, Pid = Environment.ProcessId });
        KeeperMessage? said = null;
        int[] descriptors = [];
        if (error == Errno.None) error = line.Receive(out said, out descriptors);
        if (error != Errno.None || said!.Kind != KeeperMessage.Estate || descriptors.Length is not (2 or 3))
            throw new Refusal(ExitCode.Failure, $"the keeper at {path} goes on itself: {said?.Problem ?? error.Describe()}");
        var keeper = new Keeper(said.Program!, said.Arguments ?? [], policy, log) { SocketPath = path };
        policy.StandsBy &= !said.NoStandby;
        keeper.Inherit(said, new KeeperSocket(descriptors[0]), descriptors[1..]);
        if (keeper.TakeMounts(line)) return keeper;
        keeper.Dispose();
        throw new Refusal(ExitCode.Failure, $"the keeper at {path} goes on itself: it did not give everything");
    }

    /// <summary>
    /// Keeps until the daemon ends in an orderly way and no mount is left, or until SIGTERM or SIGINT, which it hands to the daemon. The
    /// daemon's exit code, or 1 where a signal killed it.
    /// </summary>
    public int Run()
    {
        using var terminate = StopOn(PosixSignal.SIGTERM);
        using var interrupt = StopOn(PosixSignal.SIGINT);
        using var leave = Manager is null ? null : PosixSignalRegistration.Create((PosixSignal)ProcessCalls.SignalUser2, context =>
        {
            context.Cancel = true;
            leaving = true;
            EventDescriptor.Signal(wake);
        });
        Restore();
        if (SocketPath is not null) listener = KeeperListener.TryOpen(SocketPath, log);
        if (daemon is null && !Begin()) return Leave((int)ExitCode.Failure);
        while (true)
        {
            if (Step() is { } code) return Leave(code);
        }
    }

    /// <summary>
    /// Ends the daemon in an orderly way, and then the keeper; from any thread. A daemon that has not greeted yet may not know what to do
    /// with a signal: it is told when it does, or at the second call.
    /// </summary>
    public void Stop()
    {
        lock (gate)
        {
            if (daemon is not null && (daemon.IsWelcome || stopping)) ProcessCalls.Kill(daemon.Pid, ProcessCalls.SignalTerminate);
            stopping = true;
            EventDescriptor.Signal(wake);
        }
    }

    /// <summary>Lets everything go.</summary>
    public void Dispose()
    {
        standby.Dispose();
        listener?.Dispose();
        daemon?.Socket.Dispose();
        mounts.Dispose();
        witnesses.Dispose();
        FileCalls.Close(wake);
    }

    // Waits for something to happen and does what it asks for; the keeper's exit code where it is done.
    private int? Step()
    {
        Span<bool> readable = stackalloc bool[4];
        var error = Polling.AwaitReadable(
            [daemon?.Socket.Descriptor ?? -1, standby.Descriptor, wake, listener?.Descriptor ?? -1], readable, UntilNext());
        if (error != Errno.None)
        {
            Fault("poll", error);
            return (int)ExitCode.Failure;
        }
        // First of all the daemon: while there is none, its applications wait. What it asks for may be another process to stand by, so
        // that the one that could be read is heard in the next round.
        if (readable[0])
        {
            if (!Hear(daemon!) && End() is { } code) return code;
        }
        else if (readable[1])
        {
            standby.Hear();
        }
        if (readable[2]) EventDescriptor.Wait(wake);
        if (leaving) return LeaveToNext();
        if (readable[3] && HandOver()) return (int)ExitCode.Success;
        if (daemon is null) return GoOn();
        if (tried is not null && !daemon.IsServing && daemon.Lived >= policy.UpgradeDeadline) ProcessCalls.Kill(daemon.Pid, ProcessCalls.SignalKill);
        if (mounts.Count > 0 && daemon.IsServing && !stopping) standby.FillWhenDue(program);
        return null;
    }

    private TimeSpan UntilNext()
    {
        if (daemon is null) return TimeSpan.FromMilliseconds(Math.Max(0, nextStart - Environment.TickCount64));
        var wait = mounts.Count > 0 && daemon.IsServing && !stopping ? standby.UntilDue : standby.UntilOverdue;
        if (tried is null || daemon.IsServing) return wait;
        var left = policy.UpgradeDeadline - daemon.Lived;
        if (left < TimeSpan.Zero) left = TimeSpan.Zero;
        return wait == Timeout.InfiniteTimeSpan || left < wait ? left : wait;
    }

    // There is no daemon: the next one, when it is time for it, and at once where it is to be told to end. Without mounts there is
    // nothing left to end.
    private int? GoOn()
    {
        if (stopping && mounts.Count == 0) return lastCode;
        if (!stopping && Environment.TickCount64 < nextStart) return null;
        return Begin() ? null : (int)ExitCode.Failure;
    }

    // The next daemon; false where it cannot be started, which those of other programs can do without harm: there is the one before.
    private bool Begin()
    {
        isLast = stopping;
        (tried, next) = (next, null);
        var ahead = standby.Take(tried ?? program);
        var begun = ahead;
        if (begun is null)
        {
            var error = DaemonProcess.Start(tried ?? program, arguments, standsBy: false, out begun);
            if (begun is null)
            {
                if (tried is null) return Fault(program, error);
                log.Error("upgrade_failed", ("program", tried), ("reason", error));
                policy.Replaced($"{error}, for {tried}", DateTimeOffset.UtcNow, TimeSpan.Zero);
                return Begin();
            }
        }
        lock (gate) daemon = begun;
        begun.BeginLife();
        onStart?.Invoke();
        onStart = null;
        log.Information("daemon_started", ("pid", begun.Pid), ("generation", generation), ("stood_by", ahead is not null));
        if (begun.IsReady) Welcome(begun);
        return true;
    }

    // The daemon has gone; the keeper's exit code where there is to be no other.
    private int? End()
    {
        var error = daemon!.IsChild ? daemon.AwaitEnd() : Errno.None;
        if (!daemon.IsChild) witnesses.AwaitAll();
        var lived = daemon.Lived;
        var end = default(ChildEnd);
        var ended = daemon;
        // Its number is nobody else's before it has been reaped.
        lock (gate)
        {
            daemon = null;
            if (!ended.IsChild) end = mounts.Count == 0 ? new ChildEnd(true, (int)ExitCode.Success) : ChildEnd.Unknown;
            else if (error == Errno.None) error = ended.Reap(out end);
        }
        if (error != Errno.None)
        {
            Fault("waitid", error);
            return (int)ExitCode.Failure;
        }
        log.Information("daemon_ended", ("reason", end), ("lived", lived), ("mounts", mounts.Count));
        var delay = IsReplaced(ended, end, lived) ? TimeSpan.Zero : policy.Ended(end, DateTimeOffset.UtcNow, lived, mounts.Count);
        ended.Dispose();
        lastCode = end.ByExit ? end.Number : (int)ExitCode.Failure;
        if (isLast || delay is null) return lastCode;
        generation++;
        nextStart = Environment.TickCount64 + (long)delay.Value.TotalMilliseconds;
        return null;
    }

    // Ended for a daemon of another program, or one that was started so and did not come to serve.
    private bool IsReplaced(DaemonProcess ended, ChildEnd end, TimeSpan lived)
    {
        var failed = tried is not null && !ended.IsServing;
        if (failed) log.Error("upgrade_failed", ("program", tried), ("reason", end));
        if (next is null && !failed) return false;
        policy.Replaced(failed ? $"{end}, not serving yet, of {tried}" : KeeperRestart.UpgradeTo(next!), DateTimeOffset.UtcNow, lived);
        return true;
    }

    // Receives and answers a question of the daemon; false where it has gone.
    private bool Hear(DaemonProcess asking)
    {
        var error = asking.Socket.Receive(out var question, out var descriptors);
        if (error == Errno.EBADMSG) error = asking.Socket.Send(new KeeperMessage { Kind = KeeperMessage.Refused, Problem = "this is no message" });
        else if (error == Errno.None) error = Answer(asking, question!, descriptors);
        if (error is Errno.None or Errno.EMSGSIZE) return true;
        if (error is not (Errno.ENOTCONN or Errno.EPIPE)) log.Error("keeper_socket", ("error", error));
        return false;
    }

    private Errno Answer(DaemonProcess asking, KeeperMessage question, int[] descriptors)
    {
        if (question.Kind == KeeperMessage.Keep) return Verdict(asking, mounts.Keep(question.Mount, descriptors));
        foreach (var fd in descriptors) FileCalls.Close(fd);
        switch (question.Kind)
        {
            case KeeperMessage.Hello:
                return asking.IsWelcome ? Verdict(asking, "it was greeted before") : Welcome(asking);
            case KeeperMessage.Release:
                mounts.Release(question.Connection);
                return Verdict(asking, null);
            case KeeperMessage.Serving:
                asking.IsServing = true;
                program = asking.Program;
                standby.FillSoon();
                Manager?.Notify($"READY=1\nSTATUS=daemon {asking.Pid} serves, {mounts.Count} mounts kept");
                return Verdict(asking, null);
            case KeeperMessage.Prepare:
                return Prepare(asking, question.Program);
            case KeeperMessage.Upgrade:
                if (!IsProgram(question.Program)) return Verdict(asking, "there is no such program");
                next = question.Program;
                return Verdict(asking, null);
            case KeeperMessage.Take:
                witnesses.AwaitEarlier();
                stored?.SettleWitnesses(witnesses.Latest);
                return GiveMounts(asking.Socket);
            case KeeperMessage.Who:
                return asking.Socket.Send(new KeeperMessage { Kind = KeeperMessage.Done, Pid = Environment.ProcessId });
            case KeeperMessage.Lock:
                return LockDescriptor < 0
                    ? Verdict(asking, "there is no lock")
                    : asking.Socket.Send(new KeeperMessage { Kind = KeeperMessage.Done }, LockDescriptor);
            default:
                return Verdict(asking, $"{question.Kind} is not known to this version");
        }
    }

    private Errno Prepare(DaemonProcess asking, string? wanted)
    {
        if (!IsProgram(wanted)) return Verdict(asking, "there is no such program");
        var problem = standby.Prepare(wanted!, out var ready);
        return problem is null ? asking.Socket.Send(new KeeperMessage { Kind = KeeperMessage.Done, Ready = ready }) : Verdict(asking, problem);
    }

    private Errno Welcome(DaemonProcess greeting)
    {
        var error = witnesses.Next(out var witness);
        if (error != Errno.None)
        {
            Fault("pipe", error);
            return Verdict(greeting, $"there is no pipe: {error}");
        }
        stored?.StoreWitness(witnesses.Latest);
        error = Greet(greeting.Socket, witness);
        // From here on it is open for as long as anything of the daemon is.
        FileCalls.Close(witness);
        lock (gate)
        {
            greeting.IsWelcome = true;
            if (stopping) ProcessCalls.Kill(greeting.Pid, ProcessCalls.SignalTerminate);
        }
        return error;
    }

    private Errno Greet(KeeperSocket socket, params ReadOnlySpan<int> beside) => socket.Send(
        new KeeperMessage
        {
            Kind = KeeperMessage.Welcome,
            Protocol = KeeperMessage.CurrentProtocol,
            Pid = Environment.ProcessId,
            Generation = generation,
            Restarts = policy.Restarts,
            NoStandby = !policy.StandsBy,
        },
        beside);

    private Errno GiveMounts(KeeperSocket socket)
    {
        foreach (var mount in mounts.All)
        {
            var error = socket.Send(new KeeperMessage { Kind = KeeperMessage.Kept, Mount = mount.Record }, [.. mount.Descriptors]);
            if (error != Errno.None) return error;
        }
        return socket.Send(new KeeperMessage { Kind = KeeperMessage.Done });
    }

    // The daemon that is there, and the descriptors that come with it.
    private void Inherit(KeeperMessage said, KeeperSocket socket, ReadOnlySpan<int> descriptors)
    {
        generation = said.Generation;
        policy.Inherit(said.Restarts ?? []);
        witnesses.Inherit(descriptors[0]);
        if (descriptors.Length > 1) LockDescriptor = descriptors[1];
        daemon = DaemonProcess.Inherit(said.Program ?? program, said.Pid, socket);
        standby.FillSoon();
    }

    // All mounts of the keeper at the other end, and its word that it is done with them; false where it has not given it.
    private bool TakeMounts(KeeperSocket line)
    {
        while (true)
        {
            if (line.Receive(out var said, out var descriptors) != Errno.None) return false;
            if (said!.Kind == KeeperMessage.Done) break;
            if (mounts.Keep(said.Mount, descriptors) is { } problem)
            {
                log.Error("mount_not_taken", ("problem", problem));
                return false;
            }
        }
        // Not before its answer is the daemon's socket read here: until then it is the other one that answers.
        return line.Send(new KeeperMessage { Kind = KeeperMessage.Done }) == Errno.None
            && line.Receive(out var last, out _) == Errno.None && last!.Kind == KeeperMessage.Done;
    }

    // True when another keeper goes on with everything.
    private bool HandOver()
    {
        using var line = listener!.Accept(log);
        if (line is null || line.Receive(out var asked, out _) != Errno.None || asked!.Kind != KeeperMessage.Succeed) return false;
        // What is on its way between two daemons cannot be told.
        if (Manager is not null)
        {
            line.Send(new KeeperMessage { Kind = KeeperMessage.Refused, Problem = "it is a service: its manager restarts it, and keeps the mounts" });
            return false;
        }
        if (daemon is not { IsServing: true } || next is not null || stopping)
        {
            line.Send(new KeeperMessage { Kind = KeeperMessage.Refused, Problem = "the daemon is about to start or to end; ask again" });
            return false;
        }
        var estate = new KeeperMessage
        {
            Kind = KeeperMessage.Estate,
            Protocol = KeeperMessage.CurrentProtocol,
            Pid = daemon.Pid,
            Program = program,
            Arguments = arguments,
            Generation = generation,
            Restarts = policy.Restarts,
            NoStandby = !policy.StandsBy,
        };
        var error = line.Send(estate, LockDescriptor < 0 ? [daemon.Socket.Descriptor, witnesses.Latest] : [daemon.Socket.Descriptor, witnesses.Latest, LockDescriptor]);
        if (error == Errno.None) error = GiveMounts(line);
        if (error != Errno.None || line.Receive(out var taken, out _) != Errno.None || taken!.Kind != KeeperMessage.Done) return false;
        HandedOver = true;
        line.Send(new KeeperMessage { Kind = KeeperMessage.Done });
        log.Information("handed_over", ("pid", asked.Pid), ("mounts", mounts.Count));
        return true;
    }

    private static bool IsProgram(string? path) => path is not null && Path.IsPathRooted(path) && File.Exists(path);

    private static Errno Verdict(DaemonProcess asking, string? problem) =>
        asking.Socket.Send(new KeeperMessage { Kind = problem is null ? KeeperMessage.Done : KeeperMessage.Refused, Problem = problem });

    // What an earlier keeper of the service stored, and where to store from now on.
    private void Restore()
    {
        if (Manager is null) return;
        stored = new StoredMounts(Manager);
        stored.Restore((record, descriptors) => mounts.Keep(record, descriptors), witnesses.InheritEarlier);
        if (LockDescriptor >= 0) stored.StoreLock(LockDescriptor);
        mounts.Store = stored;
        if (mounts.Count > 0) log.Information("restored", ("mounts", mounts.Count));
    }

    // The daemon as behind a crash: everything is stored, and the next keeper's goes on with it.
    private int LeaveToNext()
    {
        HandedOver = true;
        log.Information("left_to_next", ("mounts", mounts.Count));
        if (daemon is null) return (int)ExitCode.Success;
        ProcessCalls.Kill(daemon.Pid, ProcessCalls.SignalKill);
        daemon.AwaitEnd();
        return (int)ExitCode.Success;
    }

    private int Leave(int code)
    {
        if (HandedOver) return code;
        listener?.Remove();
        // They stay in the tree and answer ENOTCONN: were they taken out, their users would go on in the directory below.
        foreach (var mount in mounts.All) log.Error("mount_lost", ("mount_point", mount.Record.MountPoint));
        return code;
    }

    private bool Fault(string what, Errno error)
    {
        log.Error("keeper_failed", ("what", what), ("error", error));
        return false;
    }

    private PosixSignalRegistration StopOn(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Stop();
    });
}
