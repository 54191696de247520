using System.Globalization;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.Daemon;

/// <summary>What a daemon tells of one of its mounts.</summary>
internal sealed class MountReport(ServedMount mount)
{
    private readonly MountSession session = mount.Session;
    private readonly MountState state = mount.State;

    public MountReply Details()
    {
        var connection = session.FuseMount.Connection;
        return new MountReply
        {
            Id = state.Id,
            MountPoint = state.MountPoint,
            Source = state.Source,
            Volume = session.Volume.Volume.Record.Identity.ToString("x32", CultureInfo.InvariantCulture),
            Pid = state.Pid,
            Version = DaemonVersion.Text,
            Options = state.Options,
            IsMounted = mount.IsMounted,
            Transport = state.Transport,
            Passthrough = session.Passthrough.Used,
            PassthroughReason = session.Passthrough.Why,
            BackingFiles = session.FuseMount.BackingFiles,
            Started = state.Started,
            ReadOnly = connection.Options.ReadOnly,
            MaxWrite = connection.Agreement?.MaxWrite ?? 0,
            ProtocolMinor = connection.Agreement?.Minor ?? 0,
            Reactors = session.Reactors.Reactors.Count,
            OpenFiles = session.Volume.Volume.OpenFileCount,
            Orphans = session.Volume.Volume.OrphanCount,
            ParkedRequests = connection.ParkedCount,
            RequestsInFlight = session.FuseMount.InFlight,
            ResidentBytes = Environment.WorkingSet,
        };
    }

    public StatsReply Stats() => new()
    {
        Time = DateTimeOffset.UtcNow,
        MountPoint = state.MountPoint,
        Reactors = [.. session.Reactors.Reactors.Select((_, index) => Reactor(index))],
        RefusedNotifications = session.FuseMount.RefusedNotifications,
        Operations = [.. Operations()],
        Memory = new MemoryStats
        {
            Resident = Environment.WorkingSet,
            ManagedHeap = GC.GetTotalMemory(forceFullCollection: false),
            ManagedAllocated = GC.GetTotalAllocatedBytes(),
            Slots = session.FuseMount.MemoryLength,
        },
        Metadata = Metadata(),
        Data = Data(),
    };

    /// <summary>What lies behind a path from the root of the volume; null, and why, where there is nothing.</summary>
    public InfoReply? Info(HeldVolume volume, string path, out string problem)
    {
        var resolved = session.Reactors.RunOn(0, () => volume.Volume.Resolve(path));
        problem = resolved.Error.Describe();
        if (resolved.Error != Errno.None) return null;
        var record = resolved.Record;
        var backing = record.DataId != 0 ? volume.Stores.Data.PathOf(record.DataId) : null;
        return new InfoReply
        {
            Path = path,
            Inode = resolved.Inode,
            Mode = record.Mode,
            UserId = record.UserId,
            GroupId = record.GroupId,
            LinkCount = resolved.LinkCount,
            DataId = record.DataId != 0 ? record.DataId : null,
            BackingFile = File.Exists(backing) ? backing : null,
        };
    }

    private ReactorStats Reactor(int index)
    {
        var reactor = session.Reactors.Reactors[index];
        var queues = session.FuseMount.Statistics.Where(queue => queue.Reactor == index).Select(queue => queue.Statistics).ToList();
        return new ReactorStats
        {
            Index = index,
            Processor = reactor.Processor,
            Requests = queues.Sum(queue => queue.Requests),
            InFlight = queues.Sum(queue => queue.InFlight),
            Slots = queues.Sum(queue => queue.Slots),
            Starvations = queues.Sum(queue => queue.Starvations),
            MalformedRequests = queues.Sum(queue => queue.Malformed),
            RefusedReplies = queues.Sum(queue => queue.RefusedReplies),
            Iterations = reactor.Statistics.Iterations,
            RingOperations = reactor.Statistics.Completions,
            WakeUps = reactor.Statistics.WakeUps,
            RingSlots = reactor.RingSlots,
            PollsThatPaid = reactor.Statistics.PollsThatPaid,
            MicrosecondsPolledInVain = reactor.Statistics.NanosecondsPolledInVain / 1000,
            GaveWay = reactor.Statistics.GaveWay,
            Starved = reactor.Statistics.Starved,
            RegisteredBuffers = reactor.RegisteredMemory.Count,
            RegisteredTransfers = reactor.Statistics.RegisteredTransfers,
            VoluntarySwitches = VoluntarySwitches(reactor.ThreadId),
        };
    }

    private static long VoluntarySwitches(int thread) =>
        long.Parse(ProcFile.Value($"/proc/self/task/{thread}/status", "voluntary_ctxt_switches:").AsSpan(), CultureInfo.InvariantCulture);

    private IEnumerable<OperationStats> Operations()
    {
        var statistics = session.FuseMount.Connection.Statistics;
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            var count = statistics.Of(opcode);
            if (count.Requests == 0) continue;
            var histogram = statistics.Histogram(opcode);
            yield return new OperationStats
            {
                Name = OpcodeTable.Get(opcode).Name,
                Requests = count.Requests,
                Errors = count.Errors,
                ReplyBytes = count.BodyBytes,
                Nanoseconds = count.Nanoseconds,
                MeanMicroseconds = Math.Round(count.Nanoseconds / 1000.0 / count.Requests, 1),
                MedianMicroseconds = Percentile(histogram, 0.5),
                P99Microseconds = Percentile(histogram, 0.99),
            };
        }
    }

    // The upper end of the bucket in which the fraction is reached.
    private static double Percentile(long[] histogram, double fraction)
    {
        var wanted = histogram.Sum() * fraction;
        long seen = 0;
        for (var bucket = 0; bucket < histogram.Length; bucket++)
        {
            seen += histogram[bucket];
            if (seen >= wanted) return Math.Round((1L << bucket) / 1000.0, 1);
        }
        return 0;
    }

    private MetadataStats Metadata()
    {
        var counters = session.Volume.Stores.MetadataStatistics;
        return new MetadataStats
        {
            Commits = counters.Commits,
            Conflicts = counters.Conflicts,
            Batches = counters.Batches,
            Drains = counters.Drains,
            DrainedRows = counters.DrainedRows,
            WriteNanoseconds = counters.WriteNanoseconds,
            Gets = counters.Gets,
            Scans = counters.Scans,
            BlockingReads = counters.BlockingReads,
            BlockingCommits = counters.BlockingCommits,
            Syncs = counters.Syncs,
            LogSyncs = counters.LogSyncs,
        };
    }

    private DataStats Data()
    {
        var counters = session.Volume.Stores.Data.Statistics;
        var operations = session.FuseMount.Connection.Statistics;
        var served = operations.Of(Opcode.Read).BodyBytes + operations.Of(Opcode.Write).PayloadBytes;
        var moved = session.Reactors.Reactors.Sum(reactor => reactor.Statistics.Moved);
        return new DataStats
        {
            Opens = counters.Opens,
            Hits = counters.Hits,
            Evictions = counters.Evictions,
            OpenFiles = counters.OpenFiles,
            ServedBytes = served,
            MovedBytes = moved,
            // What was moved and then could not be answered with is more than was served: no copy.
            CopiedPerByteServed = served == 0 ? 0 : Math.Max(0, served - moved) / (double)served,
        };
    }
}
