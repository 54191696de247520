using System.Security.Cryptography;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports.DevFuse;

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
    private readonly DevFuseTransport transport;

    private MountSession(MountPlan plan, string mountPoint, string id, Log log, ReactorSet reactors, HeldVolume volume, DevFuseTransport transport)
    {
        this.plan = plan;
        this.log = log;
        this.reactors = reactors;
        this.volume = volume;
        this.transport = transport;
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

    /// <summary>The transport, for statistics.</summary>
    public DevFuseTransport Transport => transport;

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
        // Before the reactors: their threads inherit it.
        if (!KernelTuning.BecomeIoFlusher()) log.Information("io_flusher_refused");
        var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = plan.Options.Reactors });
        HeldVolume? volume = null;
        try
        {
            volume = HeldVolume.Open(plan.Url, reactors, line => log.Warning("metadata_store", ("message", line)));
            return Mount(plan, mountPoint, log, reactors, volume);
        }
        catch
        {
            volume?.Close();
            reactors.Dispose();
            volume?.Dispose();
            throw;
        }
    }

    /// <summary>Blocks until the mount is gone, or until <paramref name="stop"/> completes; unmounts in the latter case.</summary>
    public void WaitAndUnmount(Task stop)
    {
        var lookAgain = TimeSpan.FromSeconds(5);
        while (Task.WaitAny([transport.Ended, stop], lookAgain) < 0) LogFaults();
        if (!transport.Ended.IsCompleted) Unmounting.Drain(transport, MountPoint, log);
        LogFaults();
        log.Information("unmounted", ("mount_point", MountPoint), ("reason", transport.Ended.IsCompleted ? transport.Ended.Result : "busy"));
    }

    /// <summary>Closes the volume durably; the error of the first step that failed. Nothing is served any more afterwards.</summary>
    public Errno Close()
    {
        var error = reactors.RunOn(0, transport.Connection.Close);
        Unmounting.AwaitIdle(transport, log);
        var volumeError = volume.Close();
        if (error == Errno.None) error = volumeError;
        if (error != Errno.None) log.Error("close_failed", ("source", plan.Url), ("error", error));
        return error;
    }

    /// <summary>Stops the reactors and gives everything back.</summary>
    public void Dispose()
    {
        reactors.Dispose();
        transport.Dispose();
        volume.Dispose();
    }

    private static MountSession Mount(MountPlan plan, string mountPoint, Log log, ReactorSet reactors, HeldVolume volume)
    {
        var options = plan.Options;
        var maxPages = KernelTuning.AllowPages(options.MaxWrite);
        var connectionId = NewConnectionId();
        var connection = new Connection(volume.Volume, FileSystemOptions(options, maxPages), connectionId);
        var mountOptions = new DevFuseMountOptions
        {
            Source = options.FsName ?? plan.Url.ToString(),
            MountPoint = mountPoint,
            Subtype = options.Subtype,
            Flags = options.Flags,
            AllowOther = options.AllowOther,
            MaxRead = options.MaxRead,
            // As mount(8): on a kernel without SELinux its options mean nothing.
            SecurityOptions = Directory.Exists("/sys/fs/selinux") ? options.Security : "",
        };
        var error = DevFuseTransport.Mount(
            reactors.Reactors, mountOptions, connection, problem => log.Error("reply_refused", ("message", problem)), out var step, out var transport);
        if (transport is null) throw new Refusal(ExitCode.Failure, $"{step} failed on {mountPoint}: {error.Describe()}");
        var session = new MountSession(plan, mountPoint, connectionId.ToString("x32")[..16], log, reactors, volume, transport);
        if (Task.WaitAny([transport.Ready, transport.Ended], InitTimeout) != 0)
        {
            MountCalls.Unmount(mountPoint, MountCalls.Detach);
            throw new Refusal(ExitCode.Failure, $"the kernel did not agree to serve {mountPoint}: its FUSE protocol is too old, or the mount was ended at once");
        }
        KernelTuning.SetReadAhead(mountPoint, connection.Options.Init.MaxReadAhead);
        session.Started = DateTimeOffset.UtcNow;
        log.Information("mounted", ("source", plan.Url), ("mount_point", mountPoint), ("reactors", reactors.Reactors.Count), ("max_write", connection.Agreement?.MaxWrite));
        return session;
    }

    private static MountOptions FileSystemOptions(ParsedMountOptions options, uint maxPages)
    {
        var pageSize = (uint)Environment.SystemPageSize;
        // Slots are made for what is agreed on, so no more is asked for than the kernel can grant.
        var maxWrite = Math.Min(options.MaxWrite, maxPages * pageSize);
        var defaults = new MountOptions();
        return new MountOptions
        {
            ReadOnly = options.ReadOnly,
            AccessTime = options.AccessTime,
            CacheTimeout = options.CacheTimeout ?? defaults.CacheTimeout,
            NegativeTimeout = options.NegativeTimeout ?? defaults.NegativeTimeout,
            Init = new InitPreferences
            {
                MaxWrite = maxWrite,
                MaxReadAhead = options.MaxReadAhead ?? maxWrite,
                MaxPagesLimit = maxPages,
                PageSize = pageSize,
            },
        };
    }

    private static UInt128 NewConnectionId()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bits);
    }

    private void LogFaults()
    {
        foreach (var fault in transport.Connection.Statistics.TakeFaults()) log.Error("request_fault", ("exception", fault));
    }
}
