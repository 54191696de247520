using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Testing;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Transports.Tests;

/// <summary>
/// A volume on the real engines, mounted by this process and used by its threads: a thread inside a system call keeps nobody from
/// answering it. Mapped files would (a page fault looks like managed code to the collector), so no test maps one.
/// </summary>
internal sealed class KernelMount : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly RocksDbMetadataStore metadata;
    private readonly LocalFileStore data;
    private readonly ReactorSet reactors;
    private readonly Volume volume;

    /// <param name="kind">How requests are to come.</param>
    /// <param name="depth">Entries of each queue of io_uring.</param>
    /// <param name="payloadLength">Bytes of each entry's payload.</param>
    /// <param name="maxWrite">What INIT asks for.</param>
    /// <param name="cacheTimeout">What the kernel may keep.</param>
    /// <param name="passthrough">Whether the kernel is to read and write files by itself, for which it has to have passthrough.</param>
    /// <param name="locks">Who keeps locks.</param>
    public KernelMount(
        TransportKind kind, int depth = 8, int payloadLength = 1 << 20, uint maxWrite = 1 << 20, TimeSpan? cacheTimeout = null,
        bool passthrough = false, LockKeeper locks = LockKeeper.Daemon)
    {
        Path = Directory.CreateDirectory(scratch["mount"]).FullName;
        data = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        reactors = new ReactorSet(new ReactorOptions { WideSubmissionEntries = kind == TransportKind.Uring });
        var store = new RocksDbOptions { CreateIfMissing = true, ReserveBytes = 1 << 20 };
        // As by the commands: what a store knows of inode numbers it reads when it is opened.
        using (var formatted = RocksDbMetadataStore.Open(scratch["meta"], store, reactors.BlockingCalls))
            Assert.Equal(Errno.None, reactors.RunOn(0, () => Volume.Format(formatted, 1, 2, 3)));
        metadata = RocksDbMetadataStore.Open(scratch["meta"], store, reactors.BlockingCalls);
        volume = reactors.RunOn(0, () => Volume.Open(metadata, data)).Volume!;
        UringMemory? entries = null;
        if (kind == TransportKind.Uring)
            Assert.Equal(Errno.None, UringMemory.TryCreate(new UringPlan(Processors.PossibleCount(), depth, payloadLength), out entries));
        Connection = new Connection(volume, Options(entries, maxWrite, cacheTimeout, passthrough, locks), 4);
        var options = new FuseMountOptions { Source = "test", MountPoint = Path };
        Assert.Equal(Errno.None, FuseMount.Mount(reactors.Reactors, options, entries, passthrough ? data.TryBacking : null, Connection, Problems.Add, out _, out var mount));
        Mount = mount!;
        Assert.True(Mount.Ready.Wait(Patience), "the mount did not become ready");
    }

    /// <summary>The mount point.</summary>
    public string Path { get; }

    public FuseMount Mount { get; }

    public Connection Connection { get; }

    public ReactorSet Reactors => reactors;

    /// <summary>The metadata engine, for its counters.</summary>
    public RocksDbMetadataStore Metadata => metadata;

    /// <summary>What the transport reported.</summary>
    public List<string> Problems { get; } = [];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Skips where the machine cannot: no root, no /dev/fuse, or no FUSE over io_uring that can be switched on.</summary>
    public static void Require(TransportKind kind)
    {
        const string enabled = "/sys/module/fuse/parameters/enable_uring";
        Assert.SkipUnless(ProcessCalls.EffectiveUserId == 0 && File.Exists("/dev/fuse"), "mounting needs root and /dev/fuse");
        if (kind == TransportKind.Classic) return;
        Assert.SkipUnless(File.Exists(enabled), "this kernel has no FUSE over io_uring");
        if (File.ReadAllText(enabled).StartsWith('N')) File.WriteAllText(enabled, "1");
    }

    /// <summary>Waits for the end of the connection and says why the kernel ended the connection.</summary>
    public Errno AwaitEnd()
    {
        Assert.True(Mount.Ended.Wait(Patience), "the mount did not end");
        return Mount.Ended.Result;
    }

    public void Dispose()
    {
        // Detached where it is in use after a failure: it ends with this process at the latest.
        if (Sys.Umount2(Path, 0) == -Abi.EBUSY) Sys.Umount2(Path, Abi.MNT_DETACH);
        AwaitEnd();
        reactors.RunOn(0, Connection.Close);
        Assert.Equal(Errno.None, reactors.RunOn(0, volume.Close));
        reactors.Dispose();
        Mount.Dispose();
        data.Dispose();
        metadata.Dispose();
        scratch.Dispose();
    }

    private static MountOptions Options(UringMemory? entries, uint maxWrite, TimeSpan? cacheTimeout, bool passthrough, LockKeeper locks) => new()
    {
        CacheTimeout = cacheTimeout ?? TimeSpan.FromHours(1),
        Locks = locks,
        Init = new InitPreferences
        {
            MaxWrite = maxWrite,
            Flags = (InitPreferences.DefaultFlags & ~(locks == LockKeeper.Kernel ? InitFlags.PosixLocks | InitFlags.FlockLocks : 0))
                | (entries is null ? 0 : InitFlags.OverIoUring) | (passthrough ? InitFlags.Passthrough : 0),
            MaxStackDepth = 1,
            MinimumPages = entries is null ? 0 : (uint)(UringLimits.MinimumPayload / Environment.SystemPageSize),
        },
    };
}
