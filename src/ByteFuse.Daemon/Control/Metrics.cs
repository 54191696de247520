using ByteFuse.Protocol;

namespace ByteFuse.Daemon;

/// <summary>What a daemon counts, for Prometheus. A volume that is shown at several places is counted at the first of them.</summary>
internal sealed class Metrics
{
    // The histogram of an operation has a bucket for each power of two nanoseconds; every second one is told, from 1 us to 17 s.
    private const int FirstBucket = 10;
    private const int LastBucket = 34;
    private const int BucketStep = 2;

    private readonly MetricsText text = new();
    private readonly IReadOnlyList<(string Labels, MountSession Session)> mounts;

    private Metrics(NodeDaemon node) => mounts =
    [
        .. node.Mounts.All.DistinctBy(mount => mount.Session).Select(mount => (
            $"{MetricsText.Label("volume", mount.State.Source)},{MetricsText.Label("mount_point", mount.MountPoint)}", mount.Session)),
    ];

    /// <summary>All of it.</summary>
    public static string Of(NodeDaemon node)
    {
        var metrics = new Metrics(node);
        metrics.Daemon(node);
        metrics.Operations();
        metrics.PerMount();
        return metrics.text.ToString();
    }

    private void Daemon(NodeDaemon node)
    {
        text.Family("bytefuse_build_info", "gauge", "The version of the daemon.");
        text.Sample("bytefuse_build_info", MetricsText.Label("version", DaemonVersion.Text), 1);
        text.Family("bytefuse_start_time_seconds", "gauge", "When the daemon started, in seconds since 1970.");
        text.Sample("bytefuse_start_time_seconds", "", node.Started.ToUnixTimeMilliseconds() / 1000.0);
        text.Family("bytefuse_resident_bytes", "gauge", "Resident memory of the daemon.");
        text.Sample("bytefuse_resident_bytes", "", Environment.WorkingSet);
        text.Family("bytefuse_mounts", "gauge", "Places at which volumes are mounted.");
        text.Sample("bytefuse_mounts", "", node.Mounts.All.Count);
        Restarts(node.Resources.Keeper);
        text.Family("bytefuse_uring_memory_left_bytes", "gauge", "Bytes for io_uring's entries that no mount has.");
        text.Sample("bytefuse_uring_memory_left_bytes", "", node.Resources.UringMemory.Left);
        text.Family("bytefuse_reactor_iterations_total", "counter", "Turns of a reactor's loop.");
        foreach (var reactor in node.Resources.Reactors.Reactors)
            text.Sample("bytefuse_reactor_iterations_total", $"reactor=\"{reactor.Index}\"", reactor.Statistics.Iterations);
    }

    private void Restarts(KeeperClient? keeper)
    {
        text.Family("bytefuse_restarts_total", "counter", "Daemons before this one since the keeper began.");
        text.Sample("bytefuse_restarts_total", "", keeper?.Generation ?? 0);
        text.Family("bytefuse_latest_restarts", "gauge", "The latest of them, by how they ended.");
        foreach (var reason in (keeper?.Restarts ?? []).CountBy(restart => restart.Reason))
            text.Sample("bytefuse_latest_restarts", MetricsText.Label("reason", reason.Key), reason.Value);
    }

    private void Operations()
    {
        PerOperation("bytefuse_operations_total", "counter", "Requests that were answered.", (name, labels, session, opcode) =>
            text.Sample(name, labels, session.FuseMount.Connection.Statistics.Of(opcode).Requests));
        PerOperation("bytefuse_operation_errors_total", "counter", "Requests that were answered with an error.", (name, labels, session, opcode) =>
            text.Sample(name, labels, session.FuseMount.Connection.Statistics.Of(opcode).Errors));
        PerOperation("bytefuse_operation_seconds", "histogram", "Time from a request's arrival to its answer.", Histogram);
    }

    private void PerOperation(string name, string type, string help, Action<string, string, MountSession, Opcode> sample)
    {
        text.Family(name, type, help);
        foreach (var (labels, session) in mounts)
        {
            foreach (var opcode in Enum.GetValues<Opcode>())
            {
                if (session.FuseMount.Connection.Statistics.Of(opcode).Requests == 0) continue;
                sample(name, $"{labels},{MetricsText.Label("operation", OpcodeTable.Get(opcode).Name)}", session, opcode);
            }
        }
    }

    private void Histogram(string name, string labels, MountSession session, Opcode opcode)
    {
        // Before the buckets: they are counted on while this reads, and the last one must not have less than those before it.
        var nanoseconds = session.FuseMount.Connection.Statistics.Of(opcode).Nanoseconds;
        var buckets = session.FuseMount.Connection.Statistics.Histogram(opcode);
        long seen = 0;
        for (var bucket = 0; bucket < buckets.Length; bucket++)
        {
            seen += buckets[bucket];
            if (bucket is >= FirstBucket and <= LastBucket && (bucket - FirstBucket) % BucketStep == 0)
                text.Sample(name + "_bucket", $"{labels},{MetricsText.Label("le", Seconds(bucket))}", seen);
        }
        text.Sample(name + "_bucket", $"{labels},le=\"+Inf\"", seen);
        text.Sample(name + "_sum", labels, nanoseconds / 1e9);
        text.Sample(name + "_count", labels, seen);
    }

    private static string Seconds(int bucket) => ((1L << bucket) / 1e9).ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture);

    private void PerMount()
    {
        Each("bytefuse_read_bytes_total", "counter", "Bytes of files that READ was answered with.", session => session.FuseMount.Connection.Statistics.Of(Opcode.Read).BodyBytes);
        Each("bytefuse_written_bytes_total", "counter", "Bytes of files that came with WRITE.", session => session.FuseMount.Connection.Statistics.Of(Opcode.Write).PayloadBytes);
        Each("bytefuse_requests_in_flight", "gauge", "Requests in hand.", session => session.FuseMount.InFlight);
        Each("bytefuse_parked_requests", "gauge", "Requests that wait for a lock.", session => session.FuseMount.Connection.ParkedCount);
        Each("bytefuse_refused_notifications_total", "counter", "Notifications that the kernel refused.", session => session.FuseMount.RefusedNotifications);
        Each("bytefuse_open_files", "gauge", "Inodes that are open.", session => session.Volume.Volume.OpenFileCount);
        Each("bytefuse_orphans", "gauge", "Inodes without a name that are still held.", session => session.Volume.Volume.OrphanCount);
        Each("bytefuse_data_opens_total", "counter", "Files of the data store that had to be opened: cache misses.", session => session.Volume.Stores.Data.Statistics.Opens);
        Each("bytefuse_data_hits_total", "counter", "Files of the data store that were open already: cache hits.", session => session.Volume.Stores.Data.Statistics.Hits);
        Each("bytefuse_metadata_gets_total", "counter", "Reads of the metadata.", session => session.Volume.Stores.MetadataStatistics.Gets);
        Each("bytefuse_metadata_blocking_reads_total", "counter", "Reads of the metadata that went to a blocking thread.", session => session.Volume.Stores.MetadataStatistics.BlockingReads);
        Each("bytefuse_metadata_commits_total", "counter", "Commits of metadata.", session => session.Volume.Stores.MetadataStatistics.Commits);
        Each("bytefuse_metadata_log_syncs_total", "counter", "Syncs of the metadata's log.", session => session.Volume.Stores.MetadataStatistics.LogSyncs);
    }

    private void Each(string name, string type, string help, Func<MountSession, double> value)
    {
        text.Family(name, type, help);
        foreach (var (labels, session) in mounts) text.Sample(name, labels, value(session));
    }
}
