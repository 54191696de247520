using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ByteFuse.Data;
using ByteFuse.FileSystem;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Transports;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Keeping.Tests;

/// <summary>
/// The daemon that is killed: serves volumes, kept by the keeper that started it. KEPT_MOUNT says how: "classic" or
/// "uring", and "passthrough" where it is to have that, and "locks" where the daemon is to keep locks. SIGTERM unmounts, once the kernel has given all files back; SIGHUP has it die of what
/// KEPT_DEATH says: an "exception" on a thread, one on a "reactor", or for its successor.
/// With CRASH_POINT and CRASH_SEED it kills itself, in each of the first CRASH_DEATHS generations at another pass of the point.
/// </summary>
internal sealed class KeptDaemon : IDisposable
{
    private const string Kind = "KEPT_MOUNT";
    private const string Death = "KEPT_DEATH";
    private const string Point = "CRASH_POINT";
    private const string Seed = "CRASH_SEED";
    private const string Deaths = "CRASH_DEATHS";
    private const int MostPasses = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly bool IsUring = Environment.GetEnvironmentVariable(Kind)?.Contains("uring") == true;
    private static readonly bool HasPassthrough = Environment.GetEnvironmentVariable(Kind)?.Contains("passthrough") == true;
    private static readonly LockKeeper Locks = Environment.GetEnvironmentVariable(Kind)?.Contains("locks") == true ? LockKeeper.Daemon : LockKeeper.Kernel;

    private readonly KeeperClient keeper;
    private TimeSpan opening;
    private readonly Departure departure;
    private readonly ReactorSet reactors;
    private readonly List<(HeldVolume Volume, ConnectionMemory Memory, FuseMount Mount, string MountPoint, int Device)> mounts = [];

    private KeptDaemon(KeeperClient keeper)
    {
        this.keeper = keeper;
        ArmCrash(keeper.Generation);
        departure = new Departure(HoldEntries, reason => Console.Error.WriteLine($"dying: {reason}"));
        reactors = new ReactorSet(new ReactorOptions { Witness = keeper.Witness, MaximumReactors = 2, WideSubmissionEntries = IsUring, Failing = departure.Before });
    }

    /// <summary>
    /// Serves until SIGTERM or until everything is unmounted. The arguments are a file to which each daemon appends its process, one to
    /// which it does so again when it serves, then pairs of URL and mount point.
    /// </summary>
    public static int Run(string started, string serving, string[] mounts)
    {
        using var stop = new ManualResetEventSlim();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Set();
        });
        using var handOver = new ManualResetEventSlim();
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            handOver.Set();
        });
        // Before the process may be killed: an exception here is a fault.
        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) => Console.Error.WriteLine($"{thrown.Exception}");
        ProcessCalls.SetFileModeMask(0);
        using var daemon = new KeptDaemon(KeeperClient.Connect()!);
        File.AppendAllText(started, $"{Environment.ProcessId}\n");
        daemon.TakeOver();
        if (daemon.keeper.Generation == 0 && daemon.mounts.Count == 0)
        {
            foreach (var pair in mounts.Chunk(2)) daemon.Mount(VolumeUrl.Parse(pair[0]), pair[1]);
        }
        Require(daemon.keeper.Serving(), "serving");
        File.AppendAllText(serving, $"{Environment.ProcessId}\n");
        var age = DateTime.Now - Process.GetCurrentProcess().StartTime;
        Console.Error.WriteLine($"serving {age.TotalMilliseconds:f0} ms after the start, stores opened in {daemon.opening.TotalMilliseconds:f0} ms");
        while (!stop.Wait(20) && !daemon.mounts.All(mount => mount.Mount.Ended.IsCompleted))
        {
            daemon.ReportFaults();
            if (handOver.IsSet) daemon.Die();
        }
        daemon.Unmount();
        return 0;
    }

    public void Dispose()
    {
        departure.Dispose();
        reactors.Dispose();
        foreach (var (volume, memory, mount, _, _) in mounts)
        {
            mount.Dispose();
            volume.Dispose();
            memory.Dispose();
        }
        keeper.Dispose();
    }

    private void Die()
    {
        switch (Environment.GetEnvironmentVariable(Death))
        {
            case "exception":
                new Thread(() => throw new InvalidOperationException("asked for")).Start();
                break;
            case "reactor":
                reactors.Reactors[^1].Post(new Failure());
                break;
            default:
                HoldEntries();
                ProcessCalls.Kill(Environment.ProcessId, ProcessCalls.SignalKill);
                break;
        }
        Thread.Sleep(Timeout.Infinite);
    }

    private void HoldEntries()
    {
        if (!EntryHold.Take([.. mounts.Select(mount => new HeldMount(mount.Mount, mount.Memory.Device, reactors))], Environment.ProcessPath!))
            Console.Error.WriteLine("not held");
    }

    // All that a successor has to do.
    private void TakeOver()
    {
        Require(keeper.TakeAll(out var kept), "take");
        foreach (var mount in kept)
        {
            using (mount)
            {
                Require(ConnectionMemory.TryTakeOver(mount.Take(KeptDescriptor.Memory).Single(), out var memory), "memory");
                var url = VolumeUrl.Parse(mount.Record.Url);
                var before = Stopwatch.GetTimestamp();
                var volume = HeldVolume.TakeOver(url, mount.Take(KeptDescriptor.VolumeLock).Single(), [memory!], reactors, Console.Error.WriteLine);
                opening += Stopwatch.GetElapsedTime(before);
                var connection = new Connection(volume.Volume, Options(), memory!.ConnectionId, memory);
                var fuse = mount.Take(KeptDescriptor.Fuse);
                UringMemory? entries = null;
                if (IsUring) Require(mount.Record.Entries!.TryMap(mount.Take(KeptDescriptor.Entries).Single(), out entries), "entries");
                var adopted = FuseMount.Adopt(reactors.Reactors, fuse, entries, TryBacking(volume), connection, EntryFiller.KickBy(Environment.ProcessPath!, memory), Console.Error.WriteLine);
                Task.WaitAny(adopted.Ready, adopted.Ended);
                CheckTransport(adopted);
                mounts.Add((volume, memory, adopted, mount.Record.MountPoint, fuse[0]));
            }
        }
    }

    private void Mount(VolumeUrl url, string mountPoint)
    {
        var id = BitConverter.ToUInt128(RandomNumberGenerator.GetBytes(16));
        var volume = HeldVolume.Open(url, reactors, Console.Error.WriteLine);
        Require(ConnectionMemory.TryCreate(id, Locks, out var memory), "memory");
        UringMemory? entries = null;
        if (IsUring) Require(UringMemory.TryCreate(UringPlan.Divide(Processors.PossibleCount(), 64 << 20, Options().Init.MaxWrite)!.Value, out entries), "entries");
        entries?.BecomeResident();
        int[] ofEntries = entries is null ? [] : [entries.Descriptor];
        var connection = new Connection(volume.Volume, Options(), id, memory);
        var device = -1;
        var error = FuseMount.Mount(
            reactors.Reactors, new FuseMountOptions { Source = url.ToString(), MountPoint = mountPoint }, entries, TryBacking(volume), connection, Console.Error.WriteLine,
            out var step, out var mount, fuse =>
            {
                device = fuse[0];
                return keeper.Keep(Record(id, url, mountPoint, entries, fuse.Count), [memory!.Descriptor, volume.LockDescriptor, .. ofEntries, .. fuse]);
            });
        Require(error, step);
        mounts.Add((volume, memory!, mount!, mountPoint, device));
        // A test may unmount it in this very moment.
        Task.WaitAny(mount!.Ready, mount.Ended);
        CheckTransport(mount);
        if (MountTable.At(mountPoint) is { } entry) memory!.Device = entry.DeviceNumber;
    }

    private static void CheckTransport(FuseMount mount)
    {
        if (IsUring && !mount.Ended.IsCompleted && mount.Transport != TransportKind.Uring) throw new InvalidOperationException($"io_uring: {mount.UringRefusal}");
    }

    private static KeptMountRecord Record(UInt128 id, VolumeUrl url, string mountPoint, UringMemory? entries, int fuse) => new()
    {
        Connection = KeptMountRecord.FormatConnection(id),
        Url = url.ToString(),
        MountPoint = mountPoint,
        Transport = entries is null ? "classic" : "uring",
        Entries = entries is null ? null : KeptEntries.Of(entries),
        RootInode = 1,
        Started = DateTimeOffset.UtcNow,
        Descriptors =
        [
            KeptDescriptor.Memory, KeptDescriptor.VolumeLock, .. Enumerable.Repeat(KeptDescriptor.Entries, entries is null ? 0 : 1),
            .. Enumerable.Repeat(KeptDescriptor.Fuse, fuse),
        ],
    };

    private void Unmount()
    {
        foreach (var (volume, memory, mount, mountPoint, device) in mounts)
        {
            if (HasPassthrough) CheckBackingFiles(mount, device);
            if (!mount.Ended.IsCompleted) MountCalls.Unmount(mountPoint, MountCalls.Detach);
            mount.Ended.Wait();
            reactors.RunOn(0, mount.Connection.Close);
            Require(volume.Close(), "close");
            Require(keeper.Release(KeptMountRecord.FormatConnection(memory.ConnectionId)), "release");
        }
        ReportFaults();
    }

    private void ReportFaults()
    {
        foreach (var mount in mounts)
        {
            foreach (var fault in mount.Mount.Connection.Statistics.TakeFaults()) Console.Error.WriteLine($"fault: {fault}");
        }
    }

    // RELEASE comes some time after close(2). What the kernel has that nobody knows of is below the number of the next one.
    private static void CheckBackingFiles(FuseMount mount, int device)
    {
        if (!mount.Passthrough || !SpinWait.SpinUntil(() => mount.BackingFiles == 0 || mount.Ended.IsCompleted, Patience))
            Console.Error.WriteLine($"leak: {mount.BackingFiles} files are with the kernel, passthrough {mount.Passthrough}: {mount.PassthroughRefusal}");
        if (mount.Ended.IsCompleted) return;
        var probe = FileCalls.Open("/proc/self/exe", 0).Value;
        for (var id = FuseDevice.OpenBacking(device, probe).Value - 1; id > 0; id--)
        {
            if (FuseDevice.CloseBacking(device, id).Succeeded) Console.Error.WriteLine($"leak: the kernel had file {id}");
        }
        FileCalls.Close(probe);
    }

    private static Func<IBackingFiles, Errno>? TryBacking(HeldVolume volume) => HasPassthrough ? volume.Stores.Data.TryBacking : null;

    private static MountOptions Options()
    {
        var flags = InitPreferences.DefaultFlags;
        if (Locks == LockKeeper.Kernel) flags &= ~(InitFlags.PosixLocks | InitFlags.FlockLocks);
        if (HasPassthrough) flags |= InitFlags.Passthrough;
        if (IsUring) flags |= InitFlags.OverIoUring;
        var init = new InitPreferences { Flags = flags, MaxStackDepth = 1, MinimumPages = IsUring ? UringLimits.MinimumPayload / (uint)Environment.SystemPageSize : 0 };
        return new() { Locks = Locks, Init = init };
    }

    private static void ArmCrash(int generation)
    {
        if (Environment.GetEnvironmentVariable(Point) is not { Length: > 0 } point) return;
        if (generation >= int.Parse(Environment.GetEnvironmentVariable(Deaths)!)) return;
        var seed = int.Parse(Environment.GetEnvironmentVariable(Seed)!) * 7919 + generation;
        Environment.SetEnvironmentVariable(CrashPoint.Variable, $"{point}:{new Random(seed).Next(2, MostPasses)}");
    }

    private static void Require(Errno error, string what)
    {
        if (error != Errno.None) throw new InvalidOperationException($"{what}: {error}");
    }

    private sealed class Failure : ReactorWork
    {
        public override void Execute() => throw new InvalidOperationException("asked for");
    }
}
