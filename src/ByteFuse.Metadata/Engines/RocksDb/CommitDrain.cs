using System.Diagnostics;
using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// Brings what is in the commit log into the engine, half by half: one write for many commits, in which each key stands
/// once, on a thread of its own. Reads of the engine that need everything (scans, "no key begins with this") and syncs do
/// it at once. The engine's record moves on in the same write, so that nothing is applied twice.
/// </summary>
internal sealed class CommitDrain : IDisposable
{
    /// <summary>How long a commit may wait: long enough for the many commits of a busy directory to become one write.</summary>
    public const int DelayMilliseconds = 100;

    /// <summary>Bytes in the log that are worth a write before the time has come: well before the half is full.</summary>
    public const int UrgentBytes = CommitLog.HalfBytes / 8;

    // What failed is tried again; a disk that is full may have room then.
    private const int RetryMilliseconds = 1000;

    private readonly RocksDbDatabase database;
    private readonly CommitLog log;
    private readonly RowCache rows;
    private readonly SpaceReserve reserve;
    private readonly ulong epoch;
    private readonly Thread thread;
    private readonly AutoResetEvent begun = new(false);
    private readonly AutoResetEvent urgent = new(false);
    private readonly Lock gate = new();
    private volatile bool stopping;

    // Below belongs to whoever holds the gate.
    private readonly DrainBatch batch;
    private (uint Half, int Length) sealedHalf;
    private bool hasSealed;

    private ulong drained;
    private int failure = (int)EngineStatus.Ok;
    private long drains;
    private long writtenRows;
    private long writeTicks;

    /// <param name="database">Where it goes.</param>
    /// <param name="log">Where it comes from; from <see cref="CommitLog.Begin"/> on.</param>
    /// <param name="rows">Keeps rows until they are in the engine.</param>
    /// <param name="reserve">Space for a full disk.</param>
    /// <param name="epoch">The epoch of this opening, for the engine's record.</param>
    public CommitDrain(RocksDbDatabase database, CommitLog log, RowCache rows, SpaceReserve reserve, ulong epoch)
    {
        (this.database, this.log, this.rows, this.reserve, this.epoch) = (database, log, rows, reserve, epoch);
        batch = new DrainBatch();
        drained = EngineRecord.FirstSequence(epoch);
        thread = new Thread(Run) { IsBackground = true, Name = "bytefuse-drain" };
        thread.Start();
    }

    /// <summary>Why the engine took nothing when it was last tried; Ok otherwise.</summary>
    public EngineStatus Failure => (EngineStatus)Volatile.Read(ref failure);

    /// <summary>Adds the counters of this part.</summary>
    public RocksDbStatistics AddTo(RocksDbStatistics statistics) => statistics with
    {
        Drains = Volatile.Read(ref drains),
        DrainedRows = Volatile.Read(ref writtenRows),
        WriteNanoseconds = (long)(Volatile.Read(ref writeTicks) * (1e9 / Stopwatch.Frequency)),
    };

    /// <summary>A record was added to a half of the log that had so many bytes before.</summary>
    public void Appended(int before, int length)
    {
        if (before == 0) begun.Set();
        if (before < UrgentBytes && before + length >= UrgentBytes) urgent.Set();
    }

    /// <summary>
    /// Everything up to a commit is in the engine, or is now if that needs no waiting: otherwise Incomplete. On a reactor.
    /// </summary>
    public EngineStatus TrySettle(ulong sequence)
    {
        if (Volatile.Read(ref drained) >= sequence) return EngineStatus.Ok;
        if (!gate.TryEnter()) return EngineStatus.Incomplete;
        try
        {
            return HasWork && reserve.NeedsAdjusting ? EngineStatus.Incomplete : Drain(mayBlock: false);
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Brings everything that was in the log into the engine. Blocks; not for reactors.</summary>
    public EngineStatus Settle()
    {
        lock (gate)
        {
            // Where nothing is to be written the reserve is not given up: whoever fills the disk would take it.
            if ((HasWork || reserve.IsSpent) && reserve.NeedsAdjusting) reserve.Adjust();
            return Drain(mayBlock: true);
        }
    }

    /// <summary>Gives the reserve of space up or takes it again. Blocks; not for reactors.</summary>
    public void AdjustReserve()
    {
        lock (gate)
        {
            if (reserve.NeedsAdjusting) reserve.Adjust();
        }
    }

    /// <summary>
    /// Applies what an earlier process left in the log: every record that follows on the last one that the engine has, without
    /// a gap. After a power cut the engine may lack what came before a record; that record is dropped then, as the rest of the
    /// commits that were not synced.
    /// </summary>
    public static EngineStatus Recover(RocksDbDatabase database, CommitLog log, SpaceReserve reserve, ref ulong drained)
    {
        using var batch = new DrainBatch();
        var before = drained;
        var (older, newer) = log.Left();
        foreach (var half in (ReadOnlySpan<uint>)[older, newer])
        {
            if (half == 0) continue;
            var content = log.Content(half);
            while (CommitRecord.TryRead(content, half, out var record))
            {
                content = content[Math.Min(record.Length, content.Length)..];
                if (record.Last <= drained) continue;
                if (record.First != drained + 1) break;
                batch.Add(record);
                drained = record.Last;
            }
        }
        if (drained == before) return EngineStatus.Ok;
        batch.Build();
        EngineRecord.Append(batch.Handle, EngineRecord.EpochOf(drained), drained);
        return reserve.Write(database, batch.Handle);
    }

    /// <summary>Ends the thread. What is in the log stays there for <see cref="Recover"/>; settle first.</summary>
    public void Dispose()
    {
        stopping = true;
        begun.Set();
        urgent.Set();
        thread.Join();
        batch.Dispose();
        begun.Dispose();
        urgent.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            begun.WaitOne();
            urgent.WaitOne(DelayMilliseconds);
            while (!stopping && Settle() != EngineStatus.Ok) urgent.WaitOne(RetryMilliseconds);
            if (stopping) return;
        }
    }

    private bool HasWork => hasSealed || !log.IsEmpty;

    private EngineStatus Drain(bool mayBlock)
    {
        // What failed before goes first: it is older.
        var status = hasSealed ? DrainHalf(mayBlock) : EngineStatus.Ok;
        return status == EngineStatus.Ok && !log.IsEmpty ? DrainHalf(mayBlock) : status;
    }

    private EngineStatus DrainHalf(bool mayBlock)
    {
        if (!hasSealed)
        {
            sealedHalf = log.Seal();
            hasSealed = true;
            Collect();
        }
        var before = Stopwatch.GetTimestamp();
        var status = mayBlock ? reserve.Write(database, batch.Handle) : database.Write(batch.Handle, mayBlock: false);
        writeTicks += Stopwatch.GetTimestamp() - before;
        // The reserve is given up, and the engine waited for, where that may block: a read does not fail for want of space.
        if (!mayBlock && status == EngineStatus.NoSpace) return EngineStatus.Incomplete;
        if (status != EngineStatus.Incomplete) Volatile.Write(ref failure, (int)status);
        if (status != EngineStatus.Ok) return status;
        drains++;
        writtenRows += batch.Rows;
        hasSealed = false;
        rows.Release(sealedHalf.Half);
        Volatile.Write(ref drained, batch.Last);
        batch.Clear();
        return EngineStatus.Ok;
    }

    private void Collect()
    {
        var content = log.Content(sealedHalf.Half)[..sealedHalf.Length];
        while (CommitRecord.TryRead(content, sealedHalf.Half, out var record))
        {
            batch.Add(record);
            content = content[Math.Min(record.Length, content.Length)..];
        }
        // A stray write into the mapping, by a defect of this process: better to stop here than to lose a commit without a word.
        if (!content.IsEmpty) throw new InvalidOperationException("the commit log does not hold what was written to it");
        batch.Build();
        EngineRecord.Append(batch.Handle, epoch, batch.Last);
    }
}
