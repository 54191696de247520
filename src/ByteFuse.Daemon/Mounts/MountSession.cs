using System.Security.Cryptography;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>
/// A mounted volume, from mount(2) to the end of the daemon. The thread that runs it is no reactor and only waits; it must
/// never touch a path below the mount point, which this process itself would have to answer.
/// </summary>
public sealed class MountSession : IDisposable
{
    /// <summary>How long the kernel may take from mount(2) to the answered INIT.</summary>
    private static readonly TimeSpan InitTimeout = TimeSpan.FromSeconds(10);

    private readonly MountPlan plan;
    private readonly Log log;
    private readonly ReactorSet reactors;
    private readonly HeldVolume volume;
    private readonly FuseMount mount;

    private MountSession(MountPlan plan, string mountPoint, string id, Log log, ReactorSet reactors, HeldVolume volume, FuseMount mount, TransportSelection selection)
    {
        this.plan = plan;
        this.log = log;
        this.reactors = reactors;
        this.volume = volume;
        this.mount = mount;
        Selection = selection;
        MountPoint = mountPoint;
        Id = id;
    }

    /// <summary>Names the mount in /run/bytefuse and in the log.</summary>
    public string Id { get; }

    /// <summary>Where it is mounted; canonical.</summary>
    public string MountPoint { get; }

    /// <summary>What was asked for.</summary>
    public MountPlan Plan => plan;

    /// <summary>When the mount became ready.</summary>
    public DateTimeOffset Started { get; private set; }

    /// <summary>The kernel's side, for statistics.</summary>
    public FuseMount FuseMount => mount;

    /// <summary>Why requests come as they do.</summary>
    public TransportSelection Selection { get; private set; }

    /// <summary>Whether the kernel reads and writes files by itself, and why.</summary>
    public PassthroughOutcome Passthrough { get; private set; } = PassthroughOutcome.Of(PassthroughOption.Off, Errno.None);

    /// <summary>The reactors, for statistics.</summary>
    public ReactorSet Reactors => reactors;

    /// <summary>The volume, for statistics.</summary>
    public HeldVolume Volume => volume;

    /// <summary>
    /// Opens the volume and mounts it; the mount is ready when this returns. Whatever stands in the way is a
    /// <see cref="Refusal"/>, and nothing is left behind.
    /// </summary>
    public static MountSession Start(MountPlan plan, Log log)
    {
        if (ProcessCalls.EffectiveUserId != 0) throw new Refusal(ExitCode.Failure, "mounting needs root");
        if (!File.Exists("/dev/fuse")) throw new Refusal(ExitCode.Failure, "/dev/fuse is missing: is the fuse module loaded (modprobe fuse)?");
        var mountPoint = MountPointCheck.Require(plan.MountPoint, plan.Options.NonEmpty);
        if (MountTable.IsWithin(plan.Url.Directory, mountPoint))
            throw new Refusal(ExitCode.Usage, $"the volume's directory {plan.Url.Directory} lies below the mount point {mountPoint}");
        var options = plan.Options;
        var kernel = KernelTuning.Allow(options.MaxWrite);
        var selection = TransportSelection.Choose(
            options.Transport, kernel, Processors.PossibleCount(), options.UringMemory, kernel.Fitting(options.MaxWrite));
        // Before the reactors: their threads inherit it.
        if (!KernelTuning.BecomeIoFlusher()) log.Information("io_flusher_refused");
        var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = options.Reactors, WideSubmissionEntries = selection.Plan is not null });
        HeldVolume? volume = null;
        MountSession? session = null;
        try
        {
            volume = HeldVolume.Open(plan.Url, reactors, line => log.Warning("metadata_store", ("message", line)));
            session = Mount(plan, mountPoint, log, reactors, volume, kernel, selection);
            session.BecomeReady();
            return session;
        }
        catch
        {
            if (session is not null) MountCalls.Unmount(mountPoint, MountCalls.Detach);
            volume?.Close();
            reactors.Dispose();
            session?.mount.Dispose();
            volume?.Dispose();
            throw;
        }
    }

    /// <summary>Blocks until the mount is gone, or until <paramref name="stop"/> completes; unmounts in the latter case.</summary>
    public void WaitAndUnmount(Task stop)
    {
        var lookAgain = TimeSpan.FromSeconds(5);
        while (Task.WaitAny([mount.Ended, stop], lookAgain) < 0) LogFaults();
        if (!mount.Ended.IsCompleted) Unmounting.Drain(mount, MountPoint, log);
        LogFaults();
        log.Information("unmounted", ("mount_point", MountPoint), ("reason", mount.Ended.IsCompleted ? mount.Ended.Result : "busy"));
    }

    /// <summary>Closes the volume durably; the error of the first step that failed. Nothing is served any more afterwards.</summary>
    public Errno Close()
    {
        var error = reactors.RunOn(0, mount.Connection.Close);
        Unmounting.AwaitIdle(mount, log);
        var volumeError = volume.Close();
        if (error == Errno.None) error = volumeError;
        if (error != Errno.None) log.Error("close_failed", ("source", plan.Url), ("error", error));
        return error;
    }

    /// <summary>Stops the reactors and gives everything back.</summary>
    public void Dispose()
    {
        reactors.Dispose();
        mount.Dispose();
        volume.Dispose();
    }

    private static MountSession Mount(
        MountPlan plan, string mountPoint, Log log, ReactorSet reactors, HeldVolume volume, FuseKernel kernel, TransportSelection selection)
    {
        var entries = MapEntries(ref selection, plan.Options);
        var connectionId = NewConnectionId();
        var connection = new Connection(volume.Volume, FileSystemOptions(plan.Options, kernel, entries?.Plan), connectionId);
        var error = FuseMount.Mount(
            reactors.Reactors, DeviceOptions(plan, mountPoint), entries,
            plan.Options.Passthrough == PassthroughOption.Off ? null : volume.Stores.Data.TryBacking, connection, problem => log.Error("transport", ("message", problem)),
            out var step, out var mount);
        if (mount is null)
        {
            entries?.Dispose();
            throw new Refusal(ExitCode.Failure, $"{step} failed on {mountPoint}: {error.Describe()}");
        }
        return new MountSession(plan, mountPoint, connectionId.ToString("x32")[..16], log, reactors, volume, mount, selection);
    }

    private void BecomeReady()
    {
        AwaitReady();
        Passthrough = PassthroughOutcome.Of(plan.Options.Passthrough, mount.PassthroughRefusal);
        var connection = mount.Connection;
        KernelTuning.SetReadAhead(MountPoint, connection.Options.Init.MaxReadAhead);
        Started = DateTimeOffset.UtcNow;
        log.Information(
            "mounted", ("source", plan.Url), ("mount_point", MountPoint), ("transport", mount.Transport), ("passthrough", Passthrough.Used), ("reactors", reactors.Reactors.Count),
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

    private void LogFaults()
    {
        foreach (var fault in mount.Connection.Statistics.TakeFaults()) log.Error("request_fault", ("exception", fault));
    }
}
