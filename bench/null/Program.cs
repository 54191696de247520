using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata.Memory;
using ByteFuse.NullBench;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports;
using ByteFuse.Transports.Uring;

// null-bench MOUNTPOINT classic|uring: ByteFUSE's own transport and file system without a store, until it is unmounted.
// The counterpart of bench/peers/null_ll.c: nothing may be cached by the kernel, so that every stat(2) is a request.
if (args is not [var mountPoint, "classic" or "uring"])
{
    Console.Error.WriteLine("usage: null-bench MOUNTPOINT classic|uring");
    return 2;
}
const int maxWrite = 1 << 20;
const long memory = 256 << 20;
var page = (uint)Environment.SystemPageSize;
UringMemory? entries = null;
if (args[1] == "uring")
{
    var plan = UringPlan.Divide(Processors.PossibleCount(), memory, maxWrite) ?? throw new IOException("too many processors");
    Require(UringMemory.TryCreate(plan, out entries), "entries");
}
using var reactors = new ReactorSet(new ReactorOptions { WideSubmissionEntries = entries is not null, GiveWay = true });
using var metadata = new MemoryMetadataStore();
using var data = new NullDataStore();
Require(reactors.RunOn(0, () => Volume.Format(metadata, 1, 2, 3)), "format");
var volume = reactors.RunOn(0, () => Volume.Open(metadata, data)).Volume ?? throw new IOException("the volume cannot be opened");
var connection = new Connection(volume, new MountOptions
{
    CacheTimeout = TimeSpan.Zero,
    NegativeTimeout = TimeSpan.Zero,
    AccessTime = AccessTimePolicy.Never,
    Init = new InitPreferences
    {
        Flags = (InitPreferences.DefaultFlags | (entries is null ? 0 : InitFlags.OverIoUring)) & ~(InitFlags.PosixLocks | InitFlags.FlockLocks),
        MaxWrite = maxWrite,
        MinimumPages = entries is null ? 0 : UringLimits.MinimumPayload / page,
    },
}, 4);
var options = new FuseMountOptions { Source = "null", MountPoint = Path.GetFullPath(mountPoint), Flags = MountCalls.NoAccessTime };
var error = FuseMount.Mount(reactors.Reactors, options, entries, null, connection, Console.Error.WriteLine, out var step, out var mount);
Require(error, step);
// The other transport's figures would be worse than none.
Task.WaitAny(mount!.Ready, mount.Ended);
if (entries is not null && mount.Transport != TransportKind.Uring) Environment.FailFast($"not over io_uring: {mount.UringRefusal}");
mount.Ended.Wait();
reactors.RunOn(0, connection.Close);
reactors.Dispose();
mount.Dispose();
return 0;

static void Require(Errno error, string what)
{
    if (error != Errno.None) throw new IOException($"{what}: {error}");
}
