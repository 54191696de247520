using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The embedded engine. Reads run on the asking reactor as long as the block cache has what they need, commits as long as
/// the engine takes them without waiting; the rest goes to a blocking thread and comes back. Every commit is in the log's
/// page cache when it returns; <see cref="Sync"/> makes the log durable.
/// </summary>
public sealed class RocksDbMetadataStore : IMetadataStore
{
    private readonly RocksDbDatabase database;
    private readonly RowCache rows;
    private readonly SpaceReserve reserve;
    private readonly CommitPipeline commits;
    private readonly LogSync log;
    private readonly BlockingCalls blocking;
    private readonly ReadCounters counters = new();
    private bool disposed;

    private RocksDbMetadataStore(
        RocksDbDatabase database, RowCache rows, SpaceReserve reserve, CommitBatch batch, BlockingCalls blocking, ulong sequence)
    {
        this.database = database;
        this.rows = rows;
        this.reserve = reserve;
        this.blocking = blocking;
        commits = new CommitPipeline(batch, rows, reserve, blocking, sequence);
        log = new LogSync(database, commits, blocking);
    }

    /// <inheritdoc/>
    public ulong CommittedSequence => commits.CommittedSequence;

    /// <inheritdoc/>
    public ulong DurableSequence => log.DurableSequence;

    /// <summary>True while the disk is full and only commits that delete something are taken; others get ENOSPC.</summary>
    public bool IsDiskFull => reserve.IsSpent;

    /// <summary>What has been done since the store was opened.</summary>
    public RocksDbStatistics Statistics
    {
        get
        {
            return log.AddTo(commits.AddTo(counters.Sum()));
        }
    }

    /// <summary>
    /// Opens the store of a directory; throws <see cref="MetadataOpenException"/> with one line that says why not.
    /// Blocks, so not for reactors; and the engine's threads inherit the caller's CPU affinity, so not for pinned threads.
    /// </summary>
    /// <param name="directory">The store's own directory.</param>
    /// <param name="options">Bounds, and where lines for the log go.</param>
    /// <param name="blocking">Threads for what would block a reactor.</param>
    public static RocksDbMetadataStore Open(string directory, RocksDbOptions options, BlockingCalls blocking)
    {
        RocksDbDatabase database;
        try
        {
            database = RocksDbOpening.Open(directory, options);
        }
        catch (DllNotFoundException exception)
        {
            throw new MetadataOpenException(MetadataOpenFailure.LibraryMissing, exception.Message, exception);
        }
        var reserve = SpaceReserve.Open(directory, options.ReserveBytes, database.Errors);
        var rows = new RowCache(options.RowCacheBytes);
        var batch = new CommitBatch(database, rows);
        var failure = Begin(directory, database, batch, reserve, out var sequence);
        if (failure is null) return new RocksDbMetadataStore(database, rows, reserve, batch, blocking, sequence);
        batch.Dispose();
        reserve.Dispose();
        database.Dispose();
        throw failure;
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Get(MetadataRead read)
    {
        counters.CountGet();
        var next = 0;
        var status = Read(read, ref next, mayBlock: false);
        if (status != EngineStatus.Incomplete) return new ReactorTask<Errno>(status.ToErrno());
        counters.CountBlocking();
        return blocking.Run<GetCall, Errno>(new GetCall(this, read, next));
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Scan(MetadataScan scan)
    {
        counters.CountScan();
        var status = RangeReader.Scan(database, scan, mayBlock: false);
        if (status != EngineStatus.Incomplete) return new ReactorTask<Errno>(status.ToErrno());
        counters.CountBlocking();
        return blocking.Run<ScanCall, Errno>(new ScanCall(database, scan));
    }

    /// <inheritdoc/>
    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit) => commits.Commit(commit);

    /// <inheritdoc/>
    public ReactorTask<Errno> Sync() => log.Sync();

    /// <summary>Reads every block of every table and checks its checksum (fsck). Blocks; not for reactors.</summary>
    /// <param name="progress">Called now and then with the bytes of keys and values read so far.</param>
    public RocksDbVerification Verify(Action<long>? progress = null) => RocksDbVerification.Run(database, progress);

    /// <summary>Makes the log durable and closes the store. No call may be running.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        if (DurableSequence < CommittedSequence) database.SyncLog();
        commits.Dispose();
        reserve.Dispose();
        database.Dispose();
    }

    private static MetadataOpenException? Begin(
        string directory, RocksDbDatabase database, CommitBatch batch, SpaceReserve reserve, out ulong sequence)
    {
        sequence = 0;
        var status = EngineRecord.TryRead(database, out var epoch, out var known);
        if (status != EngineStatus.Ok) return RocksDbOpening.Failure(directory, status, "its own record cannot be read.");
        if (!known) return new MetadataOpenException(MetadataOpenFailure.Newer, $"A later version wrote the metadata store in {directory}.");
        status = EngineRecord.Write(database, batch, reserve, epoch + 1);
        if (status != EngineStatus.Ok) return RocksDbOpening.Failure(directory, status, "its log cannot be written.");
        sequence = EngineRecord.FirstSequence(epoch + 1);
        // The engine starts its threads at the first flush: here, on an unpinned thread, rather than on a reactor whose CPU
        // they would share for good. A failure shows in the log, and again at the next write.
        database.Flush();
        return null;
    }

    private EngineStatus Read(MetadataRead read, ref int next, bool mayBlock)
    {
        for (; next < read.Count; next++)
        {
            if (rows.TryRead(read, next, out var ticket)) continue;
            counters.CountEngineRead();
            var status = database.Get(read.Key(next), mayBlock, out var pinned, out var version, out var value);
            if (status != EngineStatus.Ok) return status;
            // What a blocking thread reads is in the engine's cache afterwards and kept when it is asked for again.
            if (!mayBlock) commits.Keep(ticket, read.Key(next), pinned != 0, version, value);
            if (pinned == 0)
            {
                read.SetAbsent(next);
                continue;
            }
            read.SetFound(next, version, value);
            RocksDbDatabase.Release(pinned);
        }
        return EngineStatus.Ok;
    }

    private readonly struct GetCall(RocksDbMetadataStore store, MetadataRead read, int next) : IBlockingCall<Errno>
    {
        public Errno Execute()
        {
            var index = next;
            return store.Read(read, ref index, mayBlock: true).ToErrno();
        }
    }

    private readonly struct ScanCall(RocksDbDatabase database, MetadataScan scan) : IBlockingCall<Errno>
    {
        public Errno Execute() => RangeReader.Scan(database, scan, mayBlock: true).ToErrno();
    }
}
