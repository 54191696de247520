using System.Diagnostics;
using ByteFuse.Linux;
using ByteFuse.Metadata.Rows;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The one commit token of a store (hazard 8). The reactor that gets it commits inline; the others leave their commits,
/// which the holder takes into its next batches and answers. No thread ever waits for the token. Where the engine would
/// stall, read from disk or needs space, token and commits go to a blocking thread.
/// </summary>
internal sealed class CommitPipeline
{
    /// <summary>Batches that a reactor writes in one go, its own included, before a blocking thread takes over: others' commits must not starve its own requests.</summary>
    public const int MaximumInlineBatches = 16;

    private readonly CommitBatch batch;
    private readonly CommitLog log;
    private readonly CommitDrain drain;
    private readonly RowCache rows;
    private readonly SpaceReserve reserve;
    private readonly BlockingCalls blocking;
    private readonly WaiterStack<MetadataCommit, CommitOutcome> arrivals = new();

    // All below belongs to the holder of the token.
    private readonly Waiter<MetadataCommit, CommitOutcome>[] members = new Waiter<MetadataCommit, CommitOutcome>[CommitBatch.MaximumCommits];
    private readonly CommitOutcome[] outcomes = new CommitOutcome[CommitBatch.MaximumCommits];
    private Waiter<MetadataCommit, CommitOutcome>? backlog;
    private int memberCount;
    private ulong assigned;
    private bool collected;
    private int token;

    private ulong committed;
    private long commits;
    private long conflicts;
    private long batches;
    private long handovers;

    /// <param name="batch">The batch to collect commits in.</param>
    /// <param name="log">Where it goes.</param>
    /// <param name="drain">Takes the log to the engine.</param>
    /// <param name="rows">The cache that it keeps, as its one writer.</param>
    /// <param name="reserve">Space for a full disk.</param>
    /// <param name="blocking">Threads for what would block.</param>
    /// <param name="sequence">The latest sequence number in use.</param>
    public CommitPipeline(
        CommitBatch batch, CommitLog log, CommitDrain drain, RowCache rows, SpaceReserve reserve, BlockingCalls blocking, ulong sequence)
    {
        (this.batch, this.log, this.drain, this.rows, this.reserve, this.blocking) = (batch, log, drain, rows, reserve, blocking);
        assigned = committed = sequence;
    }

    /// <summary>The sequence number of the latest commit applied.</summary>
    public ulong CommittedSequence => Volatile.Read(ref committed);

    /// <summary>Adds the counters of this part.</summary>
    public RocksDbStatistics AddTo(RocksDbStatistics statistics) => statistics with
    {
        Commits = Volatile.Read(ref commits),
        Conflicts = Volatile.Read(ref conflicts),
        Batches = Volatile.Read(ref batches),
        BlockingCommits = Volatile.Read(ref handovers),
    };

    /// <summary>Commits; on a reactor.</summary>
    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit)
    {
        var waiter = Waiter<MetadataCommit, CommitOutcome>.Rent(commit);
        if (TryTakeToken()) return CommitInline(waiter);
        waiter.Share();
        var task = waiter.Wait();
        arrivals.Push(waiter);
        // The holder may have looked for arrivals just before this one and gone.
        if (TryTakeToken()) Serve();
        return task;
    }

    /// <summary>
    /// Keeps a row that a reader had from the engine, if nobody commits now: only the token's holder writes the cache. On a
    /// reactor.
    /// </summary>
    public void Keep(in RowTicket ticket, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value)
    {
        if (!TryTakeToken()) return;
        rows.Fill(ticket, key, exists, version, value);
        ReleaseAndServe();
    }

    private ReactorTask<CommitOutcome> CommitInline(Waiter<MetadataCommit, CommitOutcome> waiter)
    {
        backlog = waiter;
        var finished = RunBatch(mayBlock: false);
        if (waiter.Completed)
        {
            var outcome = waiter.Result;
            waiter.Return();
            ReleaseAndServe();
            return new ReactorTask<CommitOutcome>(outcome);
        }
        Debug.Assert(!finished, "A batch that was written has answered its members.");
        waiter.Share();
        var task = waiter.Wait();
        HandOver();
        return task;
    }

    private void ReleaseAndServe()
    {
        ReleaseToken();
        if (!arrivals.IsEmpty && TryTakeToken()) Serve();
    }

    // With the token held, on a reactor.
    private void Serve()
    {
        do
        {
            for (var written = 1; HasWork(); written++)
            {
                if (written < MaximumInlineBatches && RunBatch(mayBlock: false)) continue;
                HandOver();
                return;
            }
            ReleaseToken();
        }
        while (!arrivals.IsEmpty && TryTakeToken());
    }

    // With the token held, on a blocking thread.
    private void ServeBlocking()
    {
        do
        {
            while (HasWork()) RunBatch(mayBlock: true);
            ReleaseToken();
        }
        while (!arrivals.IsEmpty && TryTakeToken());
    }

    private void HandOver()
    {
        handovers++;
        blocking.Run<ServeCall, bool>(new ServeCall(this)).Detach();
    }

    private bool HasWork()
    {
        if (memberCount > 0) return true;
        backlog ??= arrivals.TakeAll();
        return backlog is not null;
    }

    // Collects a batch (unless one is there that could not be written without blocking), writes it and answers its members.
    // False where the rest has to be done where blocking is allowed.
    private bool RunBatch(bool mayBlock)
    {
        if (!collected)
        {
            // The drain gives it up in time. Here it matters when it can be taken again: before a commit is refused.
            if (reserve.IsSpent && reserve.NeedsAdjusting)
            {
                if (!mayBlock) return false;
                drain.AdjustReserve();
            }
            if (!Collect(mayBlock)) return false;
            collected = true;
        }
        var status = batch.Commits == 0 ? EngineStatus.Ok : Write(mayBlock);
        if (!mayBlock && status == EngineStatus.Incomplete) return false;
        Answer(status);
        return true;
    }

    // False where the first commit needs a read that may block; nothing is collected then.
    private bool Collect(bool mayBlock)
    {
        while (backlog is { } waiter && memberCount < members.Length && !batch.IsFull)
        {
            if (!TryAdmit(waiter.Argument, mayBlock, out var outcome))
            {
                // What has been collected goes first; the next batch begins with this one.
                return memberCount > 0;
            }
            backlog = waiter.Next;
            waiter.Next = null;
            members[memberCount] = waiter;
            outcomes[memberCount++] = outcome;
        }
        return true;
    }

    private bool TryAdmit(MetadataCommit commit, bool mayBlock, out CommitOutcome outcome)
    {
        outcome = CommitOutcome.Success;
        if (reserve.IsSpent && !commit.IsEssential && !Deletes(commit) && !reserve.AdmitsGrowth)
        {
            outcome = CommitOutcome.Failure(Errno.ENOSPC);
            return true;
        }
        if (commit.Size > CommitBatch.MaximumCommitBytes)
        {
            outcome = CommitOutcome.Failure(Errno.E2BIG);
            return true;
        }
        switch (batch.TryAdd(commit, assigned + 1, mayBlock, out var conflict, out var status))
        {
            case Admission.Added:
                assigned++;
                return true;
            case Admission.Conflict:
                outcome = CommitOutcome.Conflict(conflict);
                return true;
            case Admission.WriteFirst:
                return false;
            default:
                outcome = CommitOutcome.Failure(status.ToErrno());
                return status != EngineStatus.Incomplete;
        }
    }

    private EngineStatus Write(bool mayBlock)
    {
        // Space may come back, and the log takes what it has room for; of anything else commits are told at once.
        if (drain.Failure is not (EngineStatus.Ok or EngineStatus.NoSpace)) return drain.Failure;
        while (!batch.TryAppend(log, assigned - (ulong)batch.Commits + 1, ref committed))
        {
            if (!mayBlock) return EngineStatus.Incomplete;
            var status = drain.Settle();
            if (status != EngineStatus.Ok) return status;
        }
        return EngineStatus.Ok;
    }

    private void Answer(EngineStatus status)
    {
        if (batch.Commits > 0 && status == EngineStatus.Ok)
        {
            batches++;
            commits += batch.Commits;
        }
        // Numbers in the log have no gaps.
        if (status != EngineStatus.Ok) assigned -= (ulong)batch.Commits;
        batch.Clear();
        collected = false;
        var count = memberCount;
        memberCount = 0;
        for (var i = 0; i < count; i++)
        {
            var waiter = members[i];
            members[i] = null!;
            if (outcomes[i].FailedPrecondition >= 0) conflicts++;
            // What is true of a batch that was not written is not true: a conflict may have been with one of its commits.
            waiter.Complete(status == EngineStatus.Ok ? outcomes[i] : CommitOutcome.Failure(status.ToErrno()));
        }
    }

    private static bool Deletes(MetadataCommit commit)
    {
        for (var i = 0; i < commit.MutationCount; i++)
        {
            if (commit.Mutation(i).Kind == MutationKind.Delete) return true;
        }
        return false;
    }

    private bool TryTakeToken() => Interlocked.CompareExchange(ref token, 1, 0) == 0;

    // A full fence: the store must be seen before arrivals are looked at again, or a commit pushed meanwhile would be left alone.
    private void ReleaseToken() => Interlocked.Exchange(ref token, 0);

    private readonly struct ServeCall(CommitPipeline pipeline) : IBlockingCall<bool>
    {
        public bool Execute()
        {
            pipeline.ServeBlocking();
            return true;
        }
    }
}
