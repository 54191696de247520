using ByteFuse.Linux;
using ByteFuse.Metadata.Rows;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The embedded engine. Reads of keys run on the asking reactor as long as none has lasted long lately, and then as long as the
/// block cache has what they need; scans as long as it does, commits as long as there is room in the commit log. The rest goes
/// to a blocking thread and comes back. Every commit is in the page cache when it returns; <see cref="Sync"/> makes it durable.
/// </summary>
public sealed class RocksDbMetadataStore : IMetadataStore
{
    /// <summary>
    /// Nanoseconds after which the read of a key has lasted long: several times what a block costs from a fast disk. Most come from
    /// the machine's page cache, in a fraction of what changing threads twice costs.
    /// </summary>
    internal const long LongRead = 2_000_000;

    // A commit is shown within a microsecond, and keys that caches have are read within one: who meets so many has an engine that is
    // slower, and goes on where waiting holds nobody up.
    private const int MaximumAttempts = 8;

    private readonly PromptCalls? prompt;
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
        prompt = options.ReadsAtOnce ? new PromptCalls(LongRead) : null;
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
        var status = ReadTogether(read);
        if (status != EngineStatus.Incomplete) return new ReactorTask<Errno>(status.ToErrno());
        counters.CountBlocking();
        return blocking.Run<GetCall, Errno>(new GetCall(this, read));
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

    /// <inheritdoc/>
    // What fails shows at the next write; nothing depends on it here.
    public void ShortenLog()
    {
        if (drain.Settle() == EngineStatus.Ok) database.Flush();
    }

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

    // On a reactor: all keys as they were at one moment. What was read before the wait for a blocking thread is not of its moment.
    private EngineStatus ReadTogether(MetadataRead read)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var changes = rows.Changes;
            var status = Read(read, mayBlock: false);
            if (status != EngineStatus.Ok || read.Count == 1 || rows.IsUnchanged(changes)) return status;
        }
        return EngineStatus.Incomplete;
    }

    // On a thread that may wait.
    private EngineStatus ReadTogetherPatiently(MetadataRead read)
    {
        while (true)
        {
            var changes = rows.Changes;
            var status = Read(read, mayBlock: true);
            if (status != EngineStatus.Ok || read.Count == 1 || rows.IsUnchanged(changes)) return status;
            Thread.Yield();
        }
    }

    private EngineStatus Read(MetadataRead read, bool mayBlock)
    {
        for (var next = 0; next < read.Count; next++)
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
        var status = mayBlock ? database.Get(key, mayBlock, out var pinned, out var version, out var value) : Get(key, out pinned, out version, out value);
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

    // On a reactor.
    private EngineStatus Get(ReadOnlySpan<byte> key, out nint pinned, out ulong version, out ReadOnlySpan<byte> value)
    {
        var clock = CoreReactor.Current.Clock;
        var started = clock.MonotonicNanoseconds;
        if (prompt is null || !prompt.MayBegin(started)) return database.Get(key, mayBlock: false, out pinned, out version, out value);
        var switches = ProcessCalls.VoluntarySwitches;
        var status = database.Get(key, mayBlock: true, out pinned, out version, out value);
        var ended = clock.MonotonicNanoseconds;
        // One that others kept off its CPU has not waited for the disk.
        if (ended - started >= LongRead && ProcessCalls.VoluntarySwitches != switches) prompt.Took(started, ended);
        return status;
    }

    private readonly struct GetCall(RocksDbMetadataStore store, MetadataRead read) : IBlockingCall<Errno>
    {
        public Errno Execute() => store.ReadTogetherPatiently(read).ToErrno();
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
