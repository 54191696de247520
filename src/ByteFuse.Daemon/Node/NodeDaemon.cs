using System.Diagnostics;
using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// A daemon process: reactors, mounts and a control socket. That of a node serves whatever it is asked to mount; one in the
/// foreground serves a mount of its own and ends with it.
/// </summary>
public sealed class NodeDaemon : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly Log log;
    private readonly TaskCompletionSource handOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NodeResources resources;
    private readonly Departure? departure;
    private readonly Lock upgrading = new();

    internal NodeDaemon(NodeOptions options, string? controlSocket, KeeperClient? keeper, Log log)
    {
        // Modes come with the requests, and the working directory must not lie below the mount or keep another one busy.
        ProcessCalls.SetFileModeMask(0);
        Directory.SetCurrentDirectory("/");
        this.log = log;
        Options = options;
        IsNode = controlSocket is not null;
        if (keeper is not null) departure = new Departure(HoldEntries, reason => log.Error("dying", ("reason", reason)));
        resources = new NodeResources(options, keeper, departure is null ? null : departure.Before);
        if (options.Sandbox && Sandbox.Close() is var open and not Errno.None) log.Warning("sandbox", ("error", open));
        Mounts = new ServedMounts(resources, controlSocket, log);
    }

    /// <summary>What was asked of the process.</summary>
    public NodeOptions Options { get; }

    /// <summary>True for the node's daemon, false for that of one mount.</summary>
    public bool IsNode { get; }

    /// <summary>True where the process stood by before it became the daemon.</summary>
    public bool StoodBy { get; private init; }

    /// <summary>What is mounted.</summary>
    public ServedMounts Mounts { get; }

    /// <summary>What the mounts share.</summary>
    public NodeResources Resources => resources;

    /// <summary>The log.</summary>
    public Log Log => log;

    /// <summary>When the daemon started.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>
    /// Runs the node's daemon until it is told to stop or nobody needed it for <see cref="NodeOptions.IdleTimeout"/>;
    /// <paramref name="ready"/> is called once it answers. A <see cref="Refusal"/> where there is one already. Where a keeper started
    /// it, it goes on with the mounts of the daemon before it, and the keeper has the lock; where that one had it stand by, when it is told.
    /// </summary>
    /// <param name="options">What is asked of the process.</param>
    /// <param name="log">Its log.</param>
    /// <param name="ready">Called once it answers.</param>
    /// <param name="startKeeper">
    /// Starts another keeper where that of this daemon is gone, with a socket to this process, and whether a process is to stand by.
    /// </param>
    public static ExitCode Run(NodeOptions options, Log log, Action ready, Func<int, bool, IoResult> startKeeper)
    {
        RequireMounting();
        RunDirectory.Prepare();
        var standsBy = KeeperClient.TakeStandby();
        if (standsBy) Rehearsal.Run(options);
        var keeper = KeeperClient.Connect();
        var begun = Stopwatch.GetTimestamp();
        // Given back last: who starts the next daemon finds everything of this one gone.
        using var held = keeper is null ? NodeLock.Take() : null;
        using var node = new NodeDaemon(options, RunDirectory.ControlSocket, keeper, log) { StoodBy = standsBy };
        var equipped = Stopwatch.GetElapsedTime(begun);
        if (keeper is not null) node.Mounts.TakeOver(keeper);
        var served = Stopwatch.GetElapsedTime(begun);
        using var signals = new StopSignals(node.Stop);
        using var control = ControlServer.Start(node, RunDirectory.ControlSocket);
        // For people and scripts; the lock is what counts.
        RunDirectory.WritePid();
        log.Information("started", ("pid", Environment.ProcessId), ("reactors", node.resources.Reactors.Reactors.Count), ("stood_by", standsBy),
            ("equipped_after", equipped), ("served_after", served));
        if (keeper?.Serving() is { } unheard and not Errno.None) log.Warning("keeper_lost", ("error", unheard));
        ready();
        if (keeper is not null) new KeeperRevival(keeper, startKeeper, log).Begin();
        var end = node.Serve(control);
        File.Delete(RunDirectory.PidFile);
        return end;
    }

    /// <summary>Mounts one volume and serves it until it is unmounted or the daemon is told to stop.</summary>
    public static ExitCode RunAlone(MountPlan plan, Log log)
    {
        RequireMounting();
        RunDirectory.Prepare();
        // Of one mount alone: it gets what it asks for.
        var options = NodeOptions.WantedBy(plan.Options) with { IdleTimeout = TimeSpan.Zero };
        using var node = new NodeDaemon(options, controlSocket: null, keeper: null, log);
        using var signals = new StopSignals(node.Stop);
        var mount = node.Mounts.Add(plan);
        try
        {
            using var control = ControlServer.Start(node, mount.State.ControlSocket);
            return node.Serve(control);
        }
        catch
        {
            node.Mounts.Drain();
            throw;
        }
    }

    /// <summary>A <see cref="Refusal"/> where this user cannot mount.</summary>
    public static void RequireMounting()
    {
        if (!MountTree.IsAllowed) throw new Refusal(ExitCode.Failure, "mounting needs root, or fusermount3 (package fuse3)");
    }

    /// <summary>Has it unmount everything and end.</summary>
    public void Stop() => stop.TrySetResult();

    /// <summary>
    /// Has another program's daemon go on in this one's place, soon after this returns, when that has started and checked itself. A
    /// <see cref="Refusal"/> where it did not get so far, or a mount could not be handed over. Blocks.
    /// </summary>
    public void Upgrade(string program)
    {
        if (resources.Keeper is not { } keeper) throw new Refusal(ExitCode.Busy, "the daemon has no keeper, which would start its successor");
        if (Mounts.All.FirstOrDefault(mount => !mount.Session.IsKept) is { } unkept)
        {
            throw new Refusal(ExitCode.Busy,
                $"{unkept.MountPoint} would end with this daemon: the keeper does not have it; unmount it first");
        }
        Errno error;
        lock (upgrading)
        {
            // Until it is ready, nothing has happened yet.
            if (keeper.Prepare(program) is { } problem) throw new Refusal(ExitCode.Failure, $"{program} cannot take over: {problem}; this daemon goes on");
            error = keeper.Upgrade(program);
        }
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"the keeper does not start {program}: {error.Describe()}");
        log.Information("upgrade", ("program", program));
        handOver.TrySetResult();
    }

    /// <summary>
    /// Ends a daemon that serves nobody and that only a mount started, for the sake of one that wants another; false where it has
    /// to stay.
    /// </summary>
    public bool TryGiveWay()
    {
        if (Options.IdleTimeout is null || !Mounts.TryEnd(TimeSpan.Zero)) return false;
        Stop();
        return true;
    }

    /// <summary>Stops the reactors, then frees what they used.</summary>
    public void Dispose()
    {
        departure?.Dispose();
        resources.Dispose();
        Mounts.Dispose();
    }

    private ExitCode Serve(ControlServer control)
    {
        if (!resources.IsIoFlusher) log.Information("io_flusher_refused");
        // The mount of a daemon of its own is awaited, not looked for: what waits for the process to end shall not wait longer.
        var ended = IsNode ? stop.Task : Mounts.Emptied;
        while (Task.WaitAny([stop.Task, ended, handOver.Task], LookInterval) is var first && first is not (0 or 1))
        {
            if (first == 2) DieForSuccessor(control);
            Mounts.LookAround();
            log.TellSuppressed();
            if (Options.IdleTimeout is { } patience && Mounts.TryEnd(patience)) break;
        }
        var error = Mounts.Drain();
        control.Stop();
        log.Information("stopped", ("pid", Environment.ProcessId));
        return error == Errno.None ? ExitCode.Success : ExitCode.Failure;
    }

    // Its successor has to be able to go on behind any death, at any moment, so there is one way to end and not two: what is in hand
    // is sent again by the kernel, or lies in an entry, and is answered once. The answer to the upgrade's own request goes out first.
    private void DieForSuccessor(ControlServer control)
    {
        Mounts.ShortenLogs();
        control.Stop();
        HoldEntries();
        ProcessCalls.Kill(Environment.ProcessId, ProcessCalls.SignalKill);
        Thread.Sleep(Timeout.Infinite);
    }

    // Without mounts yet, there is nothing to hold.
    private void HoldEntries()
    {
        if (Mounts?.HoldEntries() == false) log.Warning("entries_not_held");
    }

    /// <summary>SIGTERM, SIGINT and SIGHUP.</summary>
    private sealed class StopSignals(Action stop) : IDisposable
    {
        private readonly PosixSignalRegistration[] registrations =
            [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop();
            }))];

        public void Dispose()
        {
            foreach (var registration in registrations) registration.Dispose();
        }
    }
}
