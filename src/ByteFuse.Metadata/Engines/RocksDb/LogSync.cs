using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// Makes commits durable, off the reactors and one sync at a time: who asks while one runs shares the next one.
/// </summary>
internal sealed class LogSync
{
    private readonly RocksDbDatabase database;
    private readonly CommitPipeline commits;
    private readonly CommitDrain drain;
    private readonly BlockingCalls blocking;
    private readonly WaiterStack<ulong, Errno> waiters = new();
    private ulong durable;
    private int running;
    private long asked;
    private long made;

    /// <param name="database">Whose log.</param>
    /// <param name="commits">Says what has been committed; all of it is durable now.</param>
    /// <param name="drain">Brings it to the database.</param>
    /// <param name="blocking">Where syncs run.</param>
    public LogSync(RocksDbDatabase database, CommitPipeline commits, CommitDrain drain, BlockingCalls blocking)
    {
        this.database = database;
        this.commits = commits;
        this.drain = drain;
        this.blocking = blocking;
        durable = commits.CommittedSequence;
    }

    /// <summary>Commits up to this number are durable.</summary>
    public ulong DurableSequence => Volatile.Read(ref durable);

    /// <summary>Adds the counters of this part.</summary>
    public RocksDbStatistics AddTo(RocksDbStatistics statistics) => statistics with
    {
        Syncs = Volatile.Read(ref asked),
        LogSyncs = Volatile.Read(ref made),
    };

    /// <summary>Returns when everything committed before is durable; on a reactor.</summary>
    public ReactorTask<Errno> Sync()
    {
        var wanted = commits.CommittedSequence;
        if (DurableSequence >= wanted) return new ReactorTask<Errno>(Errno.None);
        Interlocked.Increment(ref asked);
        var waiter = Waiter<ulong, Errno>.Rent(wanted);
        waiter.Share();
        var task = waiter.Wait();
        waiters.Push(waiter);
        if (TryStart()) blocking.Run<SyncCall, bool>(new SyncCall(this)).Detach();
        return task;
    }

    private void Serve()
    {
        do
        {
            var waiting = waiters.TakeAll();
            while (waiting is not null)
            {
                var error = Sync(waiting);
                Answer(waiting, error);
                waiting = waiters.TakeAll();
            }
            Interlocked.Exchange(ref running, 0);
        }
        while (!waiters.IsEmpty && TryStart());
    }

    private Errno Sync(Waiter<ulong, Errno> waiting)
    {
        // A commit counts from here on only if it was applied before the sync began.
        var reached = commits.CommittedSequence;
        if (!Wants(waiting)) return Errno.None;
        made++;
        var status = drain.Settle();
        if (status == EngineStatus.Ok) status = database.SyncLog();
        if (status == EngineStatus.Ok) Volatile.Write(ref durable, reached);
        return status.ToErrno();
    }

    private bool Wants(Waiter<ulong, Errno> waiting)
    {
        for (var waiter = waiting; waiter is not null; waiter = waiter.Next)
        {
            if (waiter.Argument > durable) return true;
        }
        return false;
    }

    private static void Answer(Waiter<ulong, Errno> waiting, Errno error)
    {
        for (var waiter = waiting; waiter is not null;)
        {
            // Read first: once answered, a waiter belongs to its reactor again.
            var following = waiter.Next;
            waiter.Complete(error);
            waiter = following;
        }
    }

    private bool TryStart() => Interlocked.CompareExchange(ref running, 1, 0) == 0;

    private readonly struct SyncCall(LogSync log) : IBlockingCall<bool>
    {
        public bool Execute()
        {
            log.Serve();
            return true;
        }
    }
}
