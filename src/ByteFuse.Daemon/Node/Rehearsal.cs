using System.Text.Json;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// Plays a daemon's end and what its successor does, on a small volume of its own: a process that stands by has then loaded, compiled
/// and started what there is, and knows that it works here. Nobody else sees the mount: it is made in a mount namespace that a thread
/// has for itself, and held by an open directory alone, so that nothing stays behind a process that is killed but a folder.
/// </summary>
internal sealed class Rehearsal : IDisposable
{
    private readonly string folder = RunDirectory.RehearsalFolder;
    private readonly NodeOptions options;
    private readonly Log silent = new(new StreamLogSink(Stream.Null));
    private int root = -1;

    private Rehearsal(NodeOptions options)
    {
        // Nobody is served here: reactors that give way would have to wait for those who have work to do, and the filter of system calls
        // is for good, while the daemon has its rings yet to make.
        this.options = options with { MetricsPort = null, LogFile = null, GiveWay = false, Sandbox = false };
        RunDirectory.RemoveRehearsal();
        Directory.CreateDirectory(MountPoint);
    }

    private string MountPoint => Path.Combine(folder, "mount");

    private string Store => Path.Combine(folder, "store");

    /// <summary>Plays it; a <see cref="Refusal"/> where something does not work. Leaves nothing.</summary>
    public static void Run(NodeOptions options)
    {
        CheckVolumes();
        try
        {
            using var rehearsal = new Rehearsal(options);
            rehearsal.TakeOver(rehearsal.Serve());
        }
        catch (Exception problem) when (problem is not Refusal)
        {
            throw new Refusal(ExitCode.Failure, $"the rehearsal failed: {problem.Message}");
        }
        // What it needed is not what waiting needs.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    public void Dispose()
    {
        CloseRoot();
        RunDirectory.RemoveRehearsal();
    }

    // What is mounted here and this version cannot read it could not go on with.
    private static void CheckVolumes()
    {
        foreach (var mount in RunDirectory.ReadAll().Where(RunDirectory.IsRunning)) VolumeDirectory.ReadDescription(VolumeUrl.Parse(mount.Source).Directory);
    }

    // The first daemon, up to its death.
    private KeptMount Serve()
    {
        var url = VolumeUrl.Parse("file://" + Store);
        VolumeFormatter.Format(url, force: true);
        using var resources = new NodeResources(options, keeper: null);
        using var volume = HeldVolume.Open(url, resources.Reactors, _ => { });
        Require("the memory", ConnectionMemory.TryCreate(1, LockKeeper.Kernel, out var memory));
        using var kept = memory;
        var connection = new Connection(volume.Volume, ConnectionOptions(), memory!.ConnectionId, memory);
        List<int> descriptors = [Duplicate(memory.Descriptor), Duplicate(volume.LockDescriptor)];
        using var mount = MountForItself(resources, connection, descriptors);
        mount.Ready.Wait();
        Use();
        mount.Abandon();
        mount.Ended.Wait();
        var record = new KeptMountRecord
        {
            Connection = KeptMountRecord.FormatConnection(memory.ConnectionId),
            Url = url.ToString(),
            MountPoint = MountPoint,
            RootInode = ProtocolLimits.RootNodeId,
            Transport = "classic",
            Descriptors = [KeptDescriptor.Memory, KeptDescriptor.VolumeLock, .. Enumerable.Repeat(KeptDescriptor.Fuse, descriptors.Count - 2)],
        };
        // Before the stores are closed.
        resources.Dispose();
        return ByKeeper(record, [.. descriptors]);
    }

    // As it comes from the keeper: most of the first message is the reader of JSON getting ready.
    private static KeptMount ByKeeper(KeptMountRecord record, int[] descriptors)
    {
        Require("socketpair", UnixSocketRights.CreatePair(sequencedPackets: true, out var here, out var there));
        using var keeper = new KeeperSocket(here);
        using var daemon = new KeeperSocket(there);
        var message = new KeeperMessage
        {
            Kind = KeeperMessage.Kept,
            Mount = record,
            Restarts = [new KeeperRestart(DateTimeOffset.UtcNow, "rehearsed", 1)],
        };
        Require("send", keeper.Send(message, descriptors));
        foreach (var descriptor in descriptors) FileCalls.Close(descriptor);
        Require("receive", daemon.Receive(out var received, out var copies));
        return new KeptMount(received!.Mount!, copies);
    }

    // The next one, up to the end of the mount.
    private void TakeOver(KeptMount kept)
    {
        using var mount = kept;
        using var node = new NodeDaemon(options, controlSocket: null, keeper: null, silent);
        var session = MountSession.TakeOver(kept, node.Resources, silent);
        var socket = Path.Combine(folder, "s");
        using (var control = ControlServer.Start(node, socket))
        {
            using var client = new ControlClient(socket, "the rehearsal");
            client.Status();
            JsonSerializer.SerializeToUtf8Bytes(session.Describe(session.Id, MountPoint, session.Plan, socket), MountStateJson.Default.MountState);
            MountTable.Read();
            Use();
            control.Stop();
        }
        CloseRoot();
        session.FuseMount.Ended.Wait();
        session.Close();
        session.TryFree();
    }

    private FuseMount MountForItself(NodeResources resources, Connection connection, List<int> kept)
    {
        FuseMount? mount = null;
        var error = Errno.None;
        var step = "unshare";
        var thread = new Thread(() =>
        {
            error = ProcessCalls.UnshareMounts().Error;
            // What others unmount is not to stay in here, and this is not to come out.
            if (error == Errno.None) error = MountCalls.Mount("none", "/", "", MountCalls.Recursive | MountCalls.Slave, null).Error;
            if (error != Errno.None) return;
            error = FuseMount.Mount(
                resources.Reactors.Reactors, new FuseMountOptions { Source = "rehearsal", MountPoint = MountPoint }, null, null, connection, _ => { },
                out step, out mount, fuse =>
                {
                    kept.AddRange(fuse.Select(Duplicate));
                    return Errno.None;
                });
            if (mount is null) return;
            step = "open";
            var opened = FileCalls.Open(MountPoint, Linux.OpenFlags.PathOnly | Linux.OpenFlags.Directory);
            error = opened.Error;
            if (opened.Succeeded) root = opened.Value;
        });
        thread.Start();
        thread.Join();
        Require(step, error);
        return mount!;
    }

    // By another process: a thread of this one that waits for an answer of its own could not be killed, and the process with it would
    // keep the descriptor whose end ends the waiting.
    private void Use()
    {
        var environment = ChildProcess.InheritedEnvironment(KeeperClient.Variable, KeeperClient.StandbyVariable);
        var started = ChildProcess.Start(Environment.ProcessPath!, [RehearsalCalls.Command], environment, root);
        Require("start", started.Error);
        Require("wait", ChildProcess.Wait(started.Value, out var end));
        if (!end.Succeeded) throw new Refusal(ExitCode.Failure, $"the rehearsal failed: its calls: {end}");
    }

    private static MountOptions ConnectionOptions() => new()
    {
        Locks = LockKeeper.Kernel,
        Init = new InitPreferences { Flags = InitPreferences.DefaultFlags & ~(InitFlags.PosixLocks | InitFlags.FlockLocks) },
    };

    private static int Duplicate(int descriptor)
    {
        var duplicated = FileCalls.Duplicate(descriptor);
        Require("dup", duplicated.Error);
        return duplicated.Value;
    }

    private static void Require(string step, Errno error)
    {
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"the rehearsal failed: {step}: {error.Describe()}");
    }

    private void CloseRoot()
    {
        if (root >= 0) FileCalls.Close(root);
        root = -1;
    }
}
