using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The embedded engine. Reads run on the asking reactor as long as the block cache has what they need, commits as long as
/// there is room in the commit log; the rest goes to a blocking thread and comes back. Every commit is in the page cache
/// when it returns; <see cref="Sync"/> makes it durable.
/// </summary>
public sealed class RocksDbMetadataStore : IMetadataStore
{
    private readonly RocksDbDatabase database;
    private readonly RowCache rows;
    private readonly FreshKeys fresh;
    private readonly SpaceReserve reserve;
    private readonly CommitLog log;
    private readonly CommitDrain drain;
    private readonly CommitPipeline commits;
    private readonly LogSync syncs;
    private readonly BlockingCalls blocking;
    private readonly ReadCounters counters = new();
    private bool disposed;

    private RocksDbMetadataStore(RocksDbDatabase database, CommitLog log, SpaceReserve reserve, RocksDbOptions options, BlockingCalls blocking, ulong epoch)
    {
        (this.database, this.log, this.reserve, this.blocking) = (database, log, reserve, blocking);
        rows = new RowCache(options.RowCacheBytes);
        fresh = new FreshKeys(StoreOpening.NextInode(database));
        // Numbers that no half had: an older record that a power cut left in one is none of its new number.
        var half = log.Left().Newer + 1;
        log.Begin(half, epoch);
        rows.Release(half - 1);
        drain = new CommitDrain(database, log, rows, reserve, epoch);
        var batch = new CommitBatch(database, rows, fresh, drain);
        commits = new CommitPipeline(batch, log, drain, rows, reserve, blocking, EngineRecord.FirstSequence(epoch));
        syncs = new LogSync(database, commits, drain, blocking);
    }

    /// <inheritdoc/>
    public ulong CommittedSequence => commits.CommittedSequence;

    /// <inheritdoc/>
    public ulong DurableSequence => syncs.DurableSequence;

    /// <summary>True while the disk is full and only commits that delete something are taken; others get ENOSPC.</summary>
    public bool IsDiskFull => reserve.IsSpent;

    /// <summary>What has been done since the store was opened.</summary>
    public RocksDbStatistics Statistics => drain.AddTo(syncs.AddTo(commits.AddTo(counters.Sum())));

    /// <summary>
    /// Opens the store of a directory; throws <see cref="MetadataOpenException"/> with one line that says why not.
    /// Blocks, so not for reactors; and the engine's threads inherit the caller's CPU affinity, so not for pinned threads.
    /// </summary>
    /// <param name="directory">The store's own directory.</param>
    /// <param name="options">Bounds, and where lines for the log go.</param>
    /// <param name="blocking">Threads for what would block a reactor.</param>
    public static RocksDbMetadataStore Open(string directory, RocksDbOptions options, BlockingCalls blocking)
    {
        var opening = StoreOpening.Run(directory, options);
        return new RocksDbMetadataStore(opening.Database, opening.Log, opening.Reserve, options, blocking, opening.Epoch);
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
        var status = drain.TrySettle(CommittedSequence);
        if (status == EngineStatus.Ok) status = RangeReader.Scan(database, scan, mayBlock: false);
        if (status != EngineStatus.Incomplete) return new ReactorTask<Errno>(status.ToErrno());
        counters.CountBlocking();
        return blocking.Run<ScanCall, Errno>(new ScanCall(this, scan));
    }

    /// <inheritdoc/>
    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit) => commits.Commit(commit);

    /// <inheritdoc/>
    public ReactorTask<Errno> Sync() => syncs.Sync();

    /// <summary>Reads every block of every table and checks its checksum (fsck). Blocks; not for reactors.</summary>
    /// <param name="progress">Called now and then with the bytes of keys and values read so far.</param>
    public RocksDbVerification Verify(Action<long>? progress = null) => RocksDbVerification.Run(database, progress);

    /// <summary>Makes every commit durable and closes the store. No call may be running.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        // What cannot be brought to the engine now is in the log, for the next opening.
        if (drain.Settle() == EngineStatus.Ok && DurableSequence < CommittedSequence) database.SyncLog();
        drain.Dispose();
        log.Dispose();
        reserve.Dispose();
        database.Dispose();
    }

    private EngineStatus Read(MetadataRead read, ref int next, bool mayBlock)
    {
        for (; next < read.Count; next++)
        {
            var answer = rows.TryRead(read, next, out var ticket);
            if (answer == RowAnswer.Known) continue;
            var status = answer == RowAnswer.Busy ? EngineStatus.Incomplete : ReadEngine(read, next, ticket, mayBlock);
            if (status == EngineStatus.Incomplete && mayBlock)
            {
                Thread.Yield();
                next--;
            }
            else if (status != EngineStatus.Ok)
            {
                return status;
            }
        }
        return EngineStatus.Ok;
    }

    private EngineStatus ReadEngine(MetadataRead read, int index, in RowTicket ticket, bool mayBlock)
    {
        var key = read.Key(index);
        if (fresh.IsAbsent(key, ticket.Hash))
        {
            read.SetAbsent(index);
            return EngineStatus.Ok;
        }
        counters.CountEngineRead();
        var status = database.Get(key, mayBlock, out var pinned, out var version, out var value);
        if (status != EngineStatus.Ok) return status;
        // What a blocking thread reads is in the engine's cache afterwards and kept when it is asked for again.
        if (!mayBlock) commits.Keep(ticket, key, pinned != 0, version, value);
        if (pinned == 0)
        {
            read.SetAbsent(index);
            return EngineStatus.Ok;
        }
        read.SetFound(index, version, value);
        RocksDbDatabase.Release(pinned);
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

    private readonly struct ScanCall(RocksDbMetadataStore store, MetadataScan scan) : IBlockingCall<Errno>
    {
        public Errno Execute()
        {
            var status = store.drain.Settle();
            return (status == EngineStatus.Ok ? RangeReader.Scan(store.database, scan, mayBlock: true) : status).ToErrno();
        }
    }
}
