using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// What a daemon has mounted. A volume has one connection to the kernel, wherever it is shown: what is mounted at a second place is
/// the same superblock, as with any local file system, so that locks, caches and the page cache are one (ADR 15). All of it blocks;
/// it is called on threads of its own, never on a reactor.
/// </summary>
public sealed class ServedMounts : IDisposable
{
    /// <summary>How long a volume whose last mount point is gone may take to notice before a new mount is refused.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long an unmount may take to make everything durable; it goes on when the time is over.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Volumes that are opened at the same time when a daemon takes over: some CPUs' worth, and the memory of so many logs.</summary>
    private const int MaximumTakeOvers = 8;

    private readonly NodeResources resources;
    private readonly string? controlSocket;
    private readonly Log log;
    private readonly TaskCompletionSource emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards what is below. Monitor: who wants a volume or a mount point that somebody is at work on waits.
    private readonly object gate = new();
    private readonly List<ServedMount> mounts = [];
    private readonly List<MountSession> unfreed = [];
    private readonly HashSet<string> claimed = [];
    private long idleSince = Environment.TickCount64;
    private Errno closeError;
    private bool ending;

    internal ServedMounts(NodeResources resources, string? controlSocket, Log log)
    {
        this.resources = resources;
        this.controlSocket = controlSocket;
        this.log = log;
    }

    /// <summary>All of them, in the order of mounting.</summary>
    public IReadOnlyList<ServedMount> All
    {
        get
        {
            lock (gate) return [.. mounts];
        }
    }

    /// <summary>Completes when a mount has ended and no other is left.</summary>
    public Task Emptied => emptied.Task;

    /// <summary>The mount of that id; null where there is none.</summary>
    public ServedMount? Find(string id)
    {
        lock (gate) return mounts.Find(mount => mount.Id == id);
    }

    /// <summary>Mounts; returns when the mount is ready. Whatever stands in the way is a <see cref="Refusal"/>.</summary>
    public ServedMount Add(MountPlan plan)
    {
        if (plan.MountPoint.Length == 0) throw new Refusal(ExitCode.Usage, "the mount point is an empty path");
        var mountPoint = MountPointCheck.Canonical(plan.MountPoint);
        var volume = MountPointCheck.Canonical(plan.Url.Directory);
        if (MountTable.IsWithin(volume, mountPoint))
            throw new Refusal(ExitCode.Usage, $"the volume's directory {plan.Url.Directory} lies below the mount point {mountPoint}");
        RequireForeign(plan.Url);
        while (true)
        {
            using var claim = new Claim(this, volume, mountPoint);
            var session = SessionOf(volume);
            if (session is null)
            {
                var opened = MountSession.Start(plan, volume, resources, log);
                return Announce(opened, plan, opened.MountPoint, opened.Id);
            }
            if (session.FuseMount.Ended.IsCompleted || AwaitEnd(session))
            {
                claim.Dispose();
                session.Closed.Wait();
                continue;
            }
            return Announce(session, plan, MountElsewhere(session, plan), NewId());
        }
    }

    /// <summary>
    /// Goes on with the mounts of the daemon before this one. One that cannot be gone on with does not keep the others: it is given up,
    /// and its users get an error.
    /// </summary>
    public void TakeOver(KeeperClient keeper)
    {
        var begun = Stopwatch.GetTimestamp();
        var error = keeper.TakeAll(out var kept);
        log.Information("taken", ("mounts", kept.Count), ("after", Stopwatch.GetElapsedTime(begun)));
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"the keeper does not give the mounts: {error.Describe()}");
        // To open a volume is to wait for its disk and one CPU in turn. The pool would start its threads one after the other.
        var left = new ConcurrentQueue<KeptMount>(kept);
        var threads = Enumerable.Range(0, Math.Min(kept.Count, MaximumTakeOvers)).Select(_ => new Thread(() => TakeOver(left, keeper))).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
    }

    /// <summary>Takes a mount out of the tree; returns when its volume is closed, if it was the last of it and not lazy.</summary>
    public void Remove(ServedMount mount, bool lazy)
    {
        if (mount.IsMounted)
        {
            if (MountTable.At(mount.MountPoint)?.Device != mount.Session.Device)
                throw new Refusal(ExitCode.Busy, $"something else is mounted over {mount.MountPoint}");
            var unmounted = MountTree.Unmount(mount.MountPoint, lazy ? MountCalls.Detach : 0);
            if (unmounted.Error == Errno.EBUSY) throw new Refusal(ExitCode.Busy, $"{mount.MountPoint} is in use; --lazy unmounts it all the same");
            if (!unmounted.Succeeded) throw new Refusal(ExitCode.Failure, $"{mount.MountPoint} could not be unmounted: {unmounted.Error.Describe()}");
        }
        LookAround();
        // Of a volume that is mounted elsewhere too: it goes on.
        if (lazy || PlacesOf(mount.Session).Any(place => place.Id != mount.Id)) return;
        if (!mount.Session.Closed.Wait(CloseTimeout))
            throw new Refusal(ExitCode.Busy, $"{mount.MountPoint} is unmounted here, but its daemon (pid {Environment.ProcessId}) is still at work: another mount namespace may use it");
    }

    /// <summary>Logs what went wrong since, and forgets places of volumes that are shown elsewhere too and were unmounted by others.</summary>
    public void LookAround()
    {
        var table = MountTable.Read();
        List<ServedMount> gone = [];
        lock (gate)
        {
            foreach (var places in mounts.GroupBy(mount => mount.Session).Where(places => places.Count() > 1))
                gone.AddRange(places.Where(place => !place.IsIn(table)).Take(places.Count() - 1));
            mounts.RemoveAll(gone.Contains);
        }
        foreach (var place in gone) RunDirectory.Remove(place.Id);
        foreach (var session in Sessions()) session.LogFaults();
    }

    /// <summary>Takes no more mounts from now on, if there are none and have not been for some time; false otherwise.</summary>
    public bool TryEnd(TimeSpan patience)
    {
        lock (gate)
        {
            if (mounts.Count > 0 || claimed.Count > 0 || Environment.TickCount64 - idleSince < patience.TotalMilliseconds) return false;
            ending = true;
            return true;
        }
    }

    /// <summary>Unmounts everything, takes no more, and returns when all volumes are closed: the error of the first that could not be.</summary>
    public Errno Drain()
    {
        lock (gate)
        {
            ending = true;
            while (claimed.Count > 0) Monitor.Wait(gate);
        }
        var threads = Sessions().Select(session => new Thread(() => Drain(session))).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        lock (gate) return closeError;
    }

    /// <summary>Some time before this process dies for a successor: everybody is served meanwhile, and waits less then.</summary>
    internal void ShortenLogs()
    {
        foreach (var session in Sessions())
        {
            session.Use<HeldVolume>(volume =>
            {
                volume.Stores.Metadata.ShortenLog();
                return volume;
            });
        }
    }

    /// <summary>Before this process dies for a successor; see <see cref="EntryHold"/>.</summary>
    internal bool HoldEntries() => EntryHold.Take([.. Sessions().Where(session => session.IsKept).Select(session => session.ToHold())], Environment.ProcessPath!);

    /// <summary>Frees what could not be freed while the reactors were running.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var session in unfreed) session.Dispose();
            unfreed.Clear();
        }
    }

    private void TakeOver(ConcurrentQueue<KeptMount> left, KeeperClient keeper)
    {
        while (left.TryDequeue(out var mount))
        {
            using (mount)
            {
                try
                {
                    TakeOver(mount);
                }
                // A store that cannot be read ends its own mounts alone.
                catch (Exception problem) when (problem is Refusal or IOException or UnauthorizedAccessException)
                {
                    log.Error("mount_lost", ("mount_point", mount.Record.MountPoint), ("reason", problem.Message));
                    keeper.Release(mount.Record.Connection);
                }
            }
        }
    }

    private void TakeOver(KeptMount kept)
    {
        var begun = Stopwatch.GetTimestamp();
        var session = MountSession.TakeOver(kept, resources, log);
        log.Information("served_again",
            ("mount_point", session.MountPoint), ("after", Stopwatch.GetElapsedTime(begun)),
            ("stores", session.Volume.Opening.Stores), ("volume", session.Volume.Opening.Volume));
        // Other places of the volume are in the run directory alone.
        var table = MountTable.Read();
        var places = RunDirectory.ReadAll().Where(state => state.ConnectionId == kept.Record.Connection && state.Id != session.Id).ToList();
        Announce(session, session.Plan, session.MountPoint, session.Id);
        foreach (var place in places)
        {
            if (table.Any(entry => entry.MountPoint == place.MountPoint && entry.Device == session.Device))
                Announce(session, MountPlan.Parse(place.Source, place.MountPoint, [place.Options]), place.MountPoint, place.Id);
            else
                RunDirectory.Remove(place.Id);
        }
    }

    private IReadOnlyList<MountSession> Sessions()
    {
        lock (gate) return [.. mounts.Select(mount => mount.Session).Distinct()];
    }

    private MountSession? SessionOf(string volume)
    {
        lock (gate) return mounts.Find(mount => mount.Session.VolumeDirectory == volume)?.Session;
    }

    private IReadOnlyList<ServedMount> PlacesOf(MountSession session)
    {
        lock (gate) return [.. mounts.Where(mount => mount.Session == session)];
    }

    // A reactor that writes a file of its own mount at once would wait for itself.
    private void RequireForeign(VolumeUrl url)
    {
        if (MountTable.Holding(MountPointCheck.Canonical(url.Directory)) is not { } holder || Sessions().All(session => session.Device != holder.Device)) return;
        throw new Refusal(ExitCode.Busy,
            $"{url} lies in {holder.MountPoint}, which this daemon serves itself: mount it with another {RunDirectory.Variable}, which has a daemon of its own");
    }

    // True where the volume is no longer in the tree and soon was at its end.
    private bool AwaitEnd(MountSession session)
    {
        var table = MountTable.Read();
        if (PlacesOf(session).Any(place => place.IsIn(table))) return false;
        if (session.FuseMount.Ended.Wait(EndPatience)) return true;
        throw new Refusal(ExitCode.Busy, $"{session.Plan.Url} is still in use where it was unmounted");
    }

    private string MountElsewhere(MountSession session, MountPlan plan)
    {
        var table = MountTable.Read();
        var source = PlacesOf(session).First(place => place.IsIn(table)).MountPoint;
        var mountPoint = MountPointCheck.Require(plan.MountPoint, plan.Options.NonEmpty);
        SharedSuperblock.Mount(session, source, mountPoint, plan);
        return mountPoint;
    }

    private ServedMount Announce(MountSession session, MountPlan plan, string mountPoint, string id)
    {
        // What daemons that were killed left of this mount point.
        foreach (var earlier in RunDirectory.ReadAll().Where(earlier => earlier.MountPoint == mountPoint))
        {
            if (!RunDirectory.IsRunning(earlier)) RunDirectory.Remove(earlier.Id);
        }
        var mount = new ServedMount(session.Describe(id, mountPoint, plan, controlSocket ?? RunDirectory.FileOf(id, ".sock")), session);
        lock (gate) mounts.Add(mount);
        // After it is in the list: it may have ended already.
        if (id == session.Id) session.FuseMount.Ended.ContinueWith(_ => new Thread(() => End(session)).Start(), TaskScheduler.Default);
        try
        {
            RunDirectory.Write(mount.State);
        }
        catch
        {
            // Nobody would find it.
            MountTree.Unmount(mountPoint, MountCalls.Detach);
            LookAround();
            throw;
        }
        if (Find(id) is null) RunDirectory.Remove(id);
        return mount;
    }

    private void End(MountSession session)
    {
        using var claim = new Claim(this, session.VolumeDirectory);
        var error = session.Close();
        var places = PlacesOf(session);
        // Before it is freed: nobody is to read its counters then.
        lock (gate) mounts.RemoveAll(places.Contains);
        var freed = session.TryFree();
        foreach (var place in places) RunDirectory.Remove(place.Id);
        lock (gate)
        {
            if (!freed) unfreed.Add(session);
            if (closeError == Errno.None) closeError = error;
            idleSince = Environment.TickCount64;
            if (mounts.Count == 0) emptied.TrySetResult();
        }
        session.SetClosed();
    }

    private void Drain(MountSession session)
    {
        var places = PlacesOf(session);
        foreach (var place in places.Skip(1).Where(place => place.IsMounted)) MountTree.Unmount(place.MountPoint, MountCalls.Detach);
        if (places.Count > 0 && !session.FuseMount.Ended.IsCompleted) Unmounting.Drain(session.FuseMount, places[0].MountPoint, log);
        session.Closed.Wait();
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>A volume and a mount point that somebody is at work on; whoever wants one of them waits.</summary>
    private sealed class Claim : IDisposable
    {
        private readonly ServedMounts owner;
        private readonly string[] keys;
        private bool released;

        // To end a mount is possible to the last.
        public Claim(ServedMounts owner, string volume, string? mountPoint = null)
        {
            this.owner = owner;
            keys = mountPoint is null ? ["volume " + volume] : ["volume " + volume, "mount point " + mountPoint];
            lock (owner.gate)
            {
                while (keys.Any(owner.claimed.Contains))
                {
                    if (owner.ending && mountPoint is not null) break;
                    Monitor.Wait(owner.gate);
                }
                if (owner.ending && mountPoint is not null) throw new DaemonEnding();
                owner.claimed.UnionWith(keys);
            }
        }

        public void Dispose()
        {
            if (released) return;
            released = true;
            lock (owner.gate)
            {
                owner.claimed.ExceptWith(keys);
                Monitor.PulseAll(owner.gate);
            }
        }
    }
}
