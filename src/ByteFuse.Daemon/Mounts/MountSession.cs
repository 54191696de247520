using System.Security.Cryptography;
using ByteFuse.Data;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>
/// A volume and its connection to the kernel, from mount(2) until the volume is closed. Whoever calls it is no reactor, and must
/// never touch a path below the mount point, which this process itself would have to answer.
/// </summary>
public sealed class MountSession : IDisposable
{
    /// <summary>How long the kernel may take from mount(2) to the answered INIT.</summary>
    private static readonly TimeSpan InitTimeout = TimeSpan.FromSeconds(10);

    private readonly MountPlan plan;
    private readonly Log log;
    private readonly NodeResources resources;
    private readonly HeldVolume volume;
    private readonly FuseMount mount;
    private readonly ConnectionMemory? memory;
    private readonly long entryBytes;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Whoever asks the volume something holds it: nobody closes it meanwhile.
    private readonly Lock usage = new();
    private bool isClosing;
    private bool isIdle;

    private MountSession(
        MountPlan plan, string mountPoint, string volumeDirectory, Log log, NodeResources resources, HeldVolume volume, FuseMount mount, TransportSelection selection,
        ConnectionMemory? memory, long entryBytes)
    {
        this.plan = plan;
        this.log = log;
        this.resources = resources;
        this.volume = volume;
        this.mount = mount;
        this.memory = memory;
        this.entryBytes = entryBytes;
        Selection = selection;
        MountPoint = mountPoint;
        VolumeDirectory = volumeDirectory;
        Id = KeptMountRecord.FormatConnection(mount.Connection.Id)[..16];
    }

    /// <summary>Names the mount in the run directory.</summary>
    public string Id { get; }

    /// <summary>Where it was mounted first; canonical.</summary>
    public string MountPoint { get; }

    /// <summary>The volume's directory; canonical.</summary>
    public string VolumeDirectory { get; }

    /// <summary>The device of its superblock as /proc/self/mountinfo names it.</summary>
    public string Device { get; private set; } = "";

    /// <summary>True where a keeper holds what a successor of this daemon needs to go on with the mount.</summary>
    public bool IsKept => memory is not null;

    /// <summary>Completes when the volume is closed and what it used is given back.</summary>
    public Task Closed => closed.Task;

    /// <summary>What was asked for.</summary>
    public MountPlan Plan => plan;

    /// <summary>The kernel's side, for statistics.</summary>
    public FuseMount FuseMount => mount;

    /// <summary>Why requests come as they do.</summary>
    public TransportSelection Selection { get; private set; }

    /// <summary>Whether the kernel reads and writes files by itself, and why.</summary>
    public PassthroughOutcome Passthrough { get; private set; } = PassthroughOutcome.Of(PassthroughOption.Off, Errno.None);

    /// <summary>The reactors, for statistics.</summary>
    public ReactorSet Reactors => resources.Reactors;

    /// <summary>The volume, for statistics.</summary>
    public HeldVolume Volume => volume;

    /// <summary>
    /// Opens the volume and mounts it; the mount is ready when this returns. Whatever stands in the way is a
    /// <see cref="Refusal"/>, and nothing is left behind.
    /// </summary>
    /// <param name="plan">What to mount where.</param>
    /// <param name="volumeDirectory">The volume's directory, canonical.</param>
    /// <param name="resources">What the mounts of the daemon share.</param>
    /// <param name="log">The daemon's log.</param>
    public static MountSession Start(MountPlan plan, string volumeDirectory, NodeResources resources, Log log)
    {
        if (!File.Exists("/dev/fuse")) throw new Refusal(ExitCode.Failure, "/dev/fuse is missing: is the fuse module loaded (modprobe fuse)?");
        var mountPoint = MountPointCheck.Require(plan.MountPoint, plan.Options.NonEmpty);
        var options = plan.Options;
        var kernel = KernelTuning.Allow(options.MaxWrite);
        var granted = resources.UringMemory.Take(options.UringMemory);
        HeldVolume? volume = null;
        MountSession? session = null;
        try
        {
            var selection = TransportSelection.Choose(
                options.Transport, kernel, Processors.PossibleCount(), granted, kernel.Fitting(options.MaxWrite), isShare: granted < options.UringMemory);
            volume = HeldVolume.Open(plan.Url, resources.Reactors, StoreLog(log), options.Timeout);
            session = Mount(plan, mountPoint, volumeDirectory, log, resources, volume, kernel, selection, granted);
            session.BecomeReady();
            return session;
        }
        catch
        {
            Undo(session, volume, mountPoint);
            if (session is null) resources.UringMemory.GiveBack(granted);
            throw;
        }
    }

    /// <summary>
    /// Goes on with a mount whose daemon has died. Whatever stands in the way is a <see cref="Refusal"/>; then the kernel ends the
    /// mount, as nobody holds its descriptors any more once the keeper is told.
    /// </summary>
    /// <param name="kept">What the keeper had of it; given away.</param>
    /// <param name="resources">What the mounts of the daemon share.</param>
    /// <param name="log">The daemon's log.</param>
    public static MountSession TakeOver(KeptMount kept, NodeResources resources, Log log)
    {
        var record = kept.Record;
        var plan = MountPlan.Parse(record.Url, record.MountPoint, [record.Options]);
        var storeLog = StoreLog(log);
        var volumeDirectory = MountPointCheck.Canonical(plan.Url.AwaitDirectory(HeldVolume.TakeOverPatience, storeLog));
        ConnectionMemory? memory = null;
        HeldVolume? volume = null;
        UringMemory? entries = null;
        try
        {
            var error = ConnectionMemory.TryTakeOver(kept.Take(KeptDescriptor.Memory).Single(), out memory);
            if (memory is null) throw new Refusal(ExitCode.Failure, $"{record.MountPoint}: its memory cannot be taken over: {error.Describe()}");
            if (!memory.IsAgreed) throw new Refusal(ExitCode.Failure, $"{record.MountPoint}: its daemon died before it was mounted");
            volume = HeldVolume.TakeOver(
                plan.Url, kept.Take(KeptDescriptor.VolumeLock).Single(), [memory], resources.Reactors, storeLog, plan.Options.Timeout);
            entries = TakeOverEntries(kept, memory);
            // As for a new mount: a page that a dying task had to fault in would fail a request that was executed.
            entries?.BecomeResident();
            var kernel = FuseKernel.Read();
            var connection = new Connection(volume.Volume, FileSystemOptions(plan.Options, kernel, entries?.Plan), memory.ConnectionId, memory);
            var mount = FuseMount.Adopt(
                resources.Reactors.Reactors, kept.Take(KeptDescriptor.Fuse), entries, TryBacking(plan, volume), connection,
                EntryFiller.KickBy(Environment.ProcessPath!, memory), problem => log.Error("transport", ("message", problem)));
            var (used, division) = (BytesOf(entries), entries?.Plan);
            entries = null;
            resources.UringMemory.Inherit(used);
            // Settled when each reactor has had its turns.
            Task.WaitAny([mount.Ready, mount.Ended], InitTimeout);
            var session = new MountSession(
                plan, record.MountPoint, volumeDirectory, log, resources, volume, mount, TransportSelection.TakenOver(division), memory, used);
            session.Passthrough = PassthroughOutcome.Of(plan.Options.Passthrough, mount.PassthroughRefusal);
            session.Device = MountTable.DeviceOf(record.MountPoint) ?? "";
            log.Information(
                "taken_over", ("source", plan.Url), ("mount_point", record.MountPoint), ("generation", memory.Generation));
            return session;
        }
        catch
        {
            volume?.Close();
            volume?.Dispose();
            memory?.Dispose();
            entries?.Dispose();
            throw;
        }
    }

    /// <summary>For <see cref="EntryHold"/>; of a mount that is kept.</summary>
    internal HeldMount ToHold() => new(mount, memory!.Device, Reactors);

    /// <summary>Logs the faults of requests since the last time.</summary>
    public void LogFaults()
    {
        foreach (var fault in mount.Connection.Statistics.TakeFaults()) log.Error("request_fault", ("mount_point", MountPoint), ("exception", fault));
    }

    /// <summary>Asks the volume something, if it is not being closed; the default where it is.</summary>
    public T? Use<T>(Func<HeldVolume, T?> ask)
        where T : class
    {
        lock (usage) return isClosing ? null : ask(volume);
    }

    /// <summary>Closes the volume durably, after its mount has ended; the error of the first step that failed.</summary>
    public Errno Close()
    {
        LogFaults();
        log.Information("unmounted", ("mount_point", MountPoint), ("reason", mount.Ended.IsCompleted ? mount.Ended.Result : "busy"));
        lock (usage) isClosing = true;
        var error = Reactors.RunOn(0, mount.Connection.Close);
        isIdle = Unmounting.AwaitIdle(mount, log);
        var volumeError = volume.Close();
        if (error == Errno.None) error = volumeError;
        if (error != Errno.None) log.Error("close_failed", ("source", plan.Url), ("error", error));
        // Behind the volume's end: a successor of a daemon that dies before has to do it.
        if (IsKept && resources.Keeper?.Release(KeptMountRecord.FormatConnection(mount.Connection.Id)) is var unheard and not Errno.None)
            log.Warning("keeper_lost", ("mount_point", MountPoint), ("error", unheard));
        return error;
    }

    /// <summary>
    /// Gives back what a closed session used, while the reactors go on; false where the kernel or a request keeps some of it until
    /// they have stopped.
    /// </summary>
    public bool TryFree()
    {
        // Abandoned: the kernel still has its entries, and the process is about to end.
        if (!isIdle || mount.Ended.Result == Errno.ECANCELED) return false;
        for (var i = 0; i < Reactors.Reactors.Count; i++)
        {
            if (Reactors.RunOn(i, mount.Release)) continue;
            log.Error("entries_kept", ("mount_point", MountPoint));
            return false;
        }
        Dispose();
        return true;
    }

    /// <summary>Says that nothing is left of it; see <see cref="Closed"/>.</summary>
    public void SetClosed() => closed.TrySetResult();

    /// <summary>Gives everything back, after <see cref="Close"/>, where no reactor uses it any more.</summary>
    public void Dispose()
    {
        mount.Dispose();
        volume.Dispose();
        memory?.Dispose();
        resources.UringMemory.GiveBack(entryBytes);
    }

    /// <summary>What is announced of one of its places.</summary>
    internal MountState Describe(string id, string mountPoint, MountPlan place, string controlSocket) => new()
    {
        Id = id,
        MountPoint = mountPoint,
        Source = place.Url.ToString(),
        Options = place.OptionText,
        ConnectionId = KeptMountRecord.FormatConnection(mount.Connection.Id),
        Pid = Environment.ProcessId,
        Transport = mount.Transport == TransportKind.Uring ? "uring" : "classic",
        TransportReason = Selection.Why,
        TransportAdvice = Selection.Advice,
        Passthrough = Passthrough.Used,
        PassthroughReason = Passthrough.Why,
        PassthroughAdvice = Passthrough.Advice,
        EntryAddress = mount.EntryMemory?.Address,
        EntryLength = mount.EntryMemory?.Length,
        Started = DateTimeOffset.UtcNow,
        ControlSocket = controlSocket,
        LogFile = place.Options.LogFile,
    };

    // The mount did not become ready, or was not made.
    private static void Undo(MountSession? session, HeldVolume? volume, string mountPoint)
    {
        if (session is null)
        {
            volume?.Close();
            volume?.Dispose();
            return;
        }
        MountTree.Unmount(mountPoint, MountCalls.Detach);
        // Where the kernel keeps it all the same, it stays with it: nothing of it may be freed.
        if (!session.mount.Ended.Wait(InitTimeout)) return;
        session.Close();
        session.TryFree();
    }

    private static MountSession Mount(
        MountPlan plan, string mountPoint, string volumeDirectory, Log log, NodeResources resources, HeldVolume volume, FuseKernel kernel, TransportSelection selection,
        long granted)
    {
        var entries = MapEntries(ref selection, plan.Options);
        var id = NewConnectionId();
        var memory = KeptMemory(id, plan.Options, resources, log);
        if (memory is not null) entries?.BecomeResident();
        var connection = new Connection(volume.Volume, FileSystemOptions(plan.Options, kernel, entries?.Plan), id, memory);
        var error = FuseMount.Mount(
            resources.Reactors.Reactors, DeviceOptions(plan, mountPoint), entries,
            TryBacking(plan, volume), connection, problem => log.Error("transport", ("message", problem)),
            out var step, out var mount, memory is null ? null : descriptors => Keep(plan, mountPoint, memory, entries, volume, descriptors, resources.Keeper!, log));
        if (mount is null)
        {
            entries?.Dispose();
            memory?.Dispose();
            throw new Refusal(ExitCode.Failure, $"{step} failed on {mountPoint}: {error.Describe()}");
        }
        var used = BytesOf(entries);
        resources.UringMemory.GiveBack(granted - used);
        return new MountSession(plan, mountPoint, volumeDirectory, log, resources, volume, mount, selection, memory, used);
    }

    private static Func<IBackingFiles, Errno>? TryBacking(MountPlan plan, HeldVolume volume) =>
        plan.Options.Passthrough == PassthroughOption.Off ? null : volume.Stores.Data.TryBacking;

    private static long BytesOf(UringMemory? entries) =>
        entries is null ? 0 : (long)entries.Plan.Queues * entries.Plan.Depth * entries.Plan.PayloadLength;

    private static Action<string> StoreLog(Log log) => line => log.Warning("metadata_store", ("message", line));

    // Null where requests come through /dev/fuse: by choice, or as the kernel took no entry.
    private static UringMemory? TakeOverEntries(KeptMount kept, ConnectionMemory memory)
    {
        if (memory.UringRefusal is not (null or Errno.None) || (memory.Agreement.Flags & InitFlags.OverIoUring) == 0) return null;
        if (kept.Record.Entries is not { } left) throw new Refusal(ExitCode.Failure, $"{kept.Record.MountPoint}: where its entries are is not known");
        var descriptor = kept.Take(KeptDescriptor.Entries).Single();
        var error = left.TryMap(descriptor, out var entries);
        if (entries is not null) return entries;
        FileCalls.Close(descriptor);
        throw new Refusal(ExitCode.Failure, $"{kept.Record.MountPoint}: its entries cannot be mapped where they were: {error.Describe()}");
    }

    // What outlives the daemon, where somebody keeps it.
    private static ConnectionMemory? KeptMemory(UInt128 id, ParsedMountOptions options, NodeResources resources, Log log)
    {
        if (resources.Keeper is null) return null;
        var error = ConnectionMemory.TryCreate(id, options.Locks, out var memory);
        if (memory is null) log.Warning("not_kept", ("error", error));
        return memory;
    }

    private static Errno Keep(
        MountPlan plan, string mountPoint, ConnectionMemory memory, UringMemory? entries, HeldVolume volume, IReadOnlyList<int> descriptors,
        KeeperClient keeper, Log log)
    {
        int[] ofEntries = entries is null ? [] : [entries.Descriptor];
        var record = new KeptMountRecord
        {
            Connection = KeptMountRecord.FormatConnection(memory.ConnectionId),
            Url = plan.Url.ToString(),
            MountPoint = mountPoint,
            Options = plan.OptionText,
            RootInode = ProtocolLimits.RootNodeId,
            Transport = entries is null ? "classic" : "uring",
            Entries = entries is null ? null : KeptEntries.Of(entries),
            Started = DateTimeOffset.UtcNow,
            Descriptors = [KeptDescriptor.Memory, KeptDescriptor.VolumeLock, .. ofEntries.Select(_ => KeptDescriptor.Entries), .. Enumerable.Repeat(KeptDescriptor.Fuse, descriptors.Count)],
        };
        var error = keeper.Keep(record, [memory.Descriptor, volume.LockDescriptor, .. ofEntries, .. descriptors]);
        // Without a keeper the mount is as good, until the daemon dies.
        if (error != Errno.None) log.Warning("not_kept", ("mount_point", mountPoint), ("error", error));
        return Errno.None;
    }

    private void BecomeReady()
    {
        AwaitReady();
        Passthrough = PassthroughOutcome.Of(plan.Options.Passthrough, mount.PassthroughRefusal);
        var connection = mount.Connection;
        KernelTuning.SetReadAhead(MountPoint, connection.Options.Init.MaxReadAhead);
        Device = MountTable.DeviceOf(MountPoint) ?? "";
        if (memory is not null && MountTable.At(MountPoint) is { } entry) memory.Device = entry.DeviceNumber;
        log.Information(
            "mounted", ("source", plan.Url), ("mount_point", MountPoint), ("transport", mount.Transport), ("passthrough", Passthrough.Used), ("reactors", Reactors.Reactors.Count),
            ("max_write", connection.Agreement?.MaxWrite));
    }

    private void AwaitReady()
    {
        if (Task.WaitAny([mount.Ready, mount.Ended], InitTimeout) != 0)
            throw new Refusal(ExitCode.Failure, $"the kernel did not agree to serve {MountPoint}: its FUSE protocol is too old, or the mount was ended at once");
        if (Selection.Plan is null || mount.Transport == TransportKind.Uring) return;
        Selection = TransportSelection.Refused(mount.UringRefusal);
        Selection.RequireWhatWasAsked(plan.Options.Transport);
        log.Warning("classic_transport", ("mount_point", MountPoint), ("reason", Selection.Why));
    }

    private static UringMemory? MapEntries(ref TransportSelection selection, ParsedMountOptions options)
    {
        if (selection.Plan is not { } division) return null;
        var error = UringMemory.TryCreate(division, out var entries);
        if (entries is not null) return entries;
        selection = TransportSelection.NoMemory(error);
        selection.RequireWhatWasAsked(options.Transport);
        return null;
    }

    private static FuseMountOptions DeviceOptions(MountPlan plan, string mountPoint) => new()
    {
        Source = plan.Options.FsName ?? plan.Url.ToString(),
        MountPoint = mountPoint,
        Subtype = plan.Options.Subtype,
        Flags = plan.Options.Flags,
        AllowOther = plan.Options.AllowOther,
        MaxRead = plan.Options.MaxRead,
        // As mount(8): on a kernel without SELinux its options mean nothing.
        SecurityOptions = Directory.Exists("/sys/fs/selinux") ? plan.Options.Security : "",
    };

    private static MountOptions FileSystemOptions(ParsedMountOptions options, FuseKernel kernel, UringPlan? entries)
    {
        var pageSize = (uint)Environment.SystemPageSize;
        // Slots are made for what is agreed on, so no more is asked for than the kernel can grant, or an entry holds.
        var maxWrite = Math.Min(kernel.Fitting(options.MaxWrite), (uint)(entries?.PayloadLength ?? int.MaxValue));
        var defaults = new MountOptions();
        return new MountOptions
        {
            ReadOnly = options.ReadOnly,
            Synchronous = (options.Flags & MountCalls.Synchronous) != 0,
            AccessTime = options.AccessTime,
            Locks = options.Locks,
            CacheTimeout = options.CacheTimeout ?? defaults.CacheTimeout,
            NegativeTimeout = options.NegativeTimeout ?? defaults.NegativeTimeout,
            Init = new InitPreferences
            {
                Flags = Wanted(options, overIoUring: entries is not null),
                // So that overlayfs still fits on top: the kernel stacks two file systems (FILESYSTEM_MAX_STACK_DEPTH).
                MaxStackDepth = 1,
                MaxBackground = options.MaxBackground ?? new InitPreferences().MaxBackground,
                MaxWrite = maxWrite,
                MaxReadAhead = options.MaxReadAhead ?? maxWrite,
                MaxPagesLimit = kernel.MaxPages,
                MinimumPages = entries is null ? 0 : UringLimits.MinimumPayload / pageSize,
                PageSize = pageSize,
            },
        };
    }

    private static InitFlags Wanted(ParsedMountOptions options, bool overIoUring)
    {
        var flags = InitPreferences.DefaultFlags;
        if (overIoUring) flags |= InitFlags.OverIoUring;
        if (options.Passthrough != PassthroughOption.Off) flags |= InitFlags.Passthrough;
        // Without them the kernel keeps the locks itself, as for any local file system (fuse_file_lock in fs/fuse/file.c).
        if (options.Locks == LockKeeper.Kernel) flags &= ~(InitFlags.PosixLocks | InitFlags.FlockLocks);
        return flags;
    }

    private static UInt128 NewConnectionId()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bits);
    }
}
