using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>Whether a commit went into a batch.</summary>
internal enum Admission
{
    /// <summary>Its preconditions hold and its mutations are in the batch.</summary>
    Added,

    /// <summary>A precondition does not hold.</summary>
    Conflict,

    /// <summary>A precondition can only be judged once the batch has been written.</summary>
    WriteFirst,

    /// <summary>The engine could not answer; see the status.</summary>
    Failed,
}

/// <summary>
/// Several commits that go to the commit log as one record. Each is checked against what is there and against those
/// before it in the batch, so the outcome is the same as if they had been made one after the other. Used by the holder of
/// the commit token alone.
/// </summary>
internal sealed class CommitBatch(RocksDbDatabase database, RowCache rows, FreshKeys fresh, CommitDrain drain)
{
    /// <summary>Commits in a batch: more would save nothing and delay the first one.</summary>
    public const int MaximumCommits = 64;

    /// <summary>Bytes after which a batch takes no further commit; one commit alone may be larger.</summary>
    public const int MaximumBytes = 256 << 10;

    /// <summary>Bytes of a commit: with <see cref="MaximumBytes"/> before it, it still fits into an empty half of the log.</summary>
    public const int MaximumCommitBytes = CommitLog.HalfBytes / 2;

    private readonly ByteArena counters = new();
    private ulong[] hashes = new ulong[64];
    private Touch[] touches = new Touch[64];
    private int touched;
    private int bytes;
    private int live;

    /// <summary>Commits whose mutations are in the batch.</summary>
    public int Commits { get; private set; }

    /// <summary>True where another commit would make the batch too large.</summary>
    public bool IsFull => Commits == MaximumCommits || bytes >= MaximumBytes;

    /// <summary>Checks a commit and adds its mutations, which get this version; nothing is added unless the result is Added.</summary>
    public Admission TryAdd(MetadataCommit commit, ulong version, bool mayBlock, out int conflict, out EngineStatus status)
    {
        conflict = -1;
        status = EngineStatus.Ok;
        for (var i = 0; i < commit.PreconditionCount; i++)
        {
            var precondition = commit.Precondition(i);
            if (precondition.Kind == PreconditionKind.PrefixEmpty && TouchesPrefix(precondition.Key)) return Admission.WriteFirst;
            status = Holds(precondition, mayBlock, out var holds);
            if (status != EngineStatus.Ok) return Admission.Failed;
            if (holds) continue;
            conflict = i;
            return Admission.Conflict;
        }
        var mark = touched;
        status = TouchAll(commit, version, mayBlock);
        if (status != EngineStatus.Ok)
        {
            touched = mark;
            return Admission.Failed;
        }
        for (; mark < touched; mark++) Supersede(mark);
        Commits++;
        return Admission.Added;
    }

    /// <summary>
    /// Appends the batch to the log and shows its rows to readers; false where the log is full, and the batch stays as it is
    /// for another try.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="first">The sequence number of the first of the batch's commits.</param>
    /// <param name="committed">Becomes that of the last.</param>
    public bool TryAppend(CommitLog log, ulong first, ref ulong committed)
    {
        while (log.TryReserve(RecordLength, out var position, out var record))
        {
            var half = CommitLog.HalfOf(position);
            WriteRows(record[CommitRecord.HeaderLength..]);
            CommitRecord.Seal(record, half, first, Commits, live);
            // Before anybody could have them from the engine: who has seen one row of a commit finds all.
            rows.BeginChange();
            for (var i = 0; i < touched; i++) rows.Freeze(hashes[i]);
            var published = log.TryPublish(position);
            // In front of the rows: who has seen one and scans then is to wait for the engine to have it.
            if (published) Volatile.Write(ref committed, first + (ulong)Commits - 1);
            if (published) Publish(half);
            for (var i = 0; i < touched; i++) rows.Thaw(hashes[i]);
            rows.EndChange();
            if (!published) continue;
            drain.Appended(CommitLog.UsedBefore(position), RecordLength);
            return true;
        }
        return false;
    }

    /// <summary>Begins a new batch.</summary>
    public void Clear()
    {
        touches.AsSpan(0, touched).Clear();
        touched = 0;
        bytes = 0;
        live = 0;
        Commits = 0;
        counters.Reset();
    }

    private int RecordLength => CommitRecord.HeaderLength + bytes;

    private EngineStatus Holds(in PreconditionView precondition, bool mayBlock, out bool holds)
    {
        EngineStatus status;
        if (precondition.Kind == PreconditionKind.PrefixEmpty) return IsEmpty(precondition.Key, mayBlock, out holds);
        status = Version(precondition.Key, mayBlock, out var exists, out var version);
        holds = precondition.Kind switch
        {
            PreconditionKind.Absent => !exists,
            PreconditionKind.Exists => exists,
            _ => exists && version == precondition.Version,
        };
        return status;
    }

    private EngineStatus IsEmpty(ReadOnlySpan<byte> prefix, bool mayBlock, out bool empty)
    {
        empty = false;
        // The batch itself has been looked at; what was committed before is to be where ranges are read.
        var status = mayBlock ? drain.Settle() : drain.TrySettle(ulong.MaxValue);
        return status == EngineStatus.Ok ? RangeReader.IsEmpty(database, prefix, mayBlock, out empty) : status;
    }

    private EngineStatus Version(ReadOnlySpan<byte> key, bool mayBlock, out bool exists, out ulong version)
    {
        var hash = KeyHash.Of(key);
        var touch = FindTouch(key, hash);
        if (touch >= 0)
        {
            exists = Effect(touches[touch], out _);
            version = exists ? touches[touch].Version : 0;
            return EngineStatus.Ok;
        }
        if (IsKnown(key, hash, out exists, out version, out _)) return EngineStatus.Ok;
        var status = Get(key, hash, mayBlock, out var pinned, out version, out _);
        exists = pinned != 0;
        if (exists) RocksDbDatabase.Release(pinned);
        return status;
    }

    // Without the engine.
    private bool IsKnown(ReadOnlySpan<byte> key, ulong hash, out bool exists, out ulong version, out ReadOnlySpan<byte> value) =>
        rows.TryPeek(key, hash, out exists, out version, out value) || fresh.IsAbsent(key, hash);

    private EngineStatus Get(
        ReadOnlySpan<byte> key, ulong hash, bool mayBlock, out nint pinned, out ulong version, out ReadOnlySpan<byte> value)
    {
        var status = database.Get(key, mayBlock, out pinned, out version, out value);
        if (status == EngineStatus.Ok) rows.Fill(rows.Ticket(hash), key, pinned != 0, version, value);
        return status;
    }

    // All reads happen here, before anything else of the commit is kept, so that a failure has nothing to undo.
    private EngineStatus TouchAll(MetadataCommit commit, ulong version, bool mayBlock)
    {
        for (var i = 0; i < commit.MutationCount; i++)
        {
            var mutation = commit.Mutation(i);
            var hash = KeyHash.Of(mutation.Key);
            var touch = new Touch { Commit = commit, Mutation = i, Version = version };
            if (mutation.Kind is MutationKind.Add or MutationKind.Max)
            {
                var status = Count(mutation, hash, mayBlock, out touch.Counter);
                if (status != EngineStatus.Ok) return status;
            }
            if (touched == touches.Length)
            {
                Array.Resize(ref touches, touched * 2);
                Array.Resize(ref hashes, touched * 2);
            }
            hashes[touched] = hash;
            touches[touched++] = touch;
        }
        return EngineStatus.Ok;
    }

    private EngineStatus Count(in MutationView mutation, ulong hash, bool mayBlock, out ArenaRange result)
    {
        Span<byte> after = stackalloc byte[CounterValue.MaximumLength];
        result = default;
        int length;
        var touch = FindTouch(mutation.Key, hash);
        if (touch >= 0)
        {
            Effect(touches[touch], out var before);
            length = CounterValue.Apply(mutation, before, after);
        }
        else if (IsKnown(mutation.Key, hash, out _, out _, out var known))
        {
            length = CounterValue.Apply(mutation, known, after);
        }
        else
        {
            var status = Get(mutation.Key, hash, mayBlock, out var pinned, out _, out var before);
            if (status != EngineStatus.Ok) return status;
            length = CounterValue.Apply(mutation, before, after);
            if (pinned != 0) RocksDbDatabase.Release(pinned);
        }
        result = counters.Append(after[..length]);
        return EngineStatus.Ok;
    }

    private int FindTouch(ReadOnlySpan<byte> key, ulong hash) => FindTouch(key, hash, touched);

    // The latest touch of a key before one, or -1.
    private int FindTouch(ReadOnlySpan<byte> key, ulong hash, int before)
    {
        while ((before = hashes.AsSpan(0, before).LastIndexOf(hash)) >= 0)
        {
            if (KeyOf(touches[before]).SequenceEqual(key)) return before;
        }
        return -1;
    }

    private bool TouchesPrefix(ReadOnlySpan<byte> prefix)
    {
        for (var i = 0; i < touched; i++)
        {
            if (KeyOf(touches[i]).StartsWith(prefix)) return true;
        }
        return false;
    }

    // What a touch leaves under its key; false where nothing.
    private bool Effect(in Touch touch, out ReadOnlySpan<byte> value)
    {
        var mutation = touch.Commit.Mutation(touch.Mutation);
        value = mutation.Kind == MutationKind.Put ? mutation.Value : counters.Span(touch.Counter);
        return mutation.Kind != MutationKind.Delete;
    }

    // One row a key: what a directory's counters and the volume's usage were in between, nobody can have seen.
    private void Supersede(int index)
    {
        var earlier = FindTouch(KeyOf(touches[index]), hashes[index], index);
        if (earlier >= 0)
        {
            touches[earlier].Superseded = true;
            bytes -= RowLength(touches[earlier]);
            live--;
        }
        bytes += RowLength(touches[index]);
        live++;
    }

    private int RowLength(in Touch touch)
    {
        var exists = Effect(touch, out var value);
        return CommitRecord.RowLength(KeyOf(touch).Length, exists, value.Length);
    }

    private void WriteRows(Span<byte> target)
    {
        for (var i = 0; i < touched; i++)
        {
            if (touches[i].Superseded) continue;
            var exists = Effect(touches[i], out var value);
            target = CommitRecord.WriteRow(target, KeyOf(touches[i]), exists, touches[i].Version, value);
        }
    }

    private void Publish(uint half)
    {
        for (var i = 0; i < touched; i++)
        {
            if (touches[i].Superseded) continue;
            var key = KeyOf(touches[i]);
            var exists = Effect(touches[i], out var value);
            if (exists) fresh.Add(key, hashes[i], value);
            rows.Store(hashes[i], key, exists, exists ? touches[i].Version : 0, exists ? value : default, half);
        }
    }

    private static ReadOnlySpan<byte> KeyOf(in Touch touch) => touch.Commit.Mutation(touch.Mutation).Key;

    private struct Touch
    {
        public MetadataCommit Commit;
        public int Mutation;
        public ulong Version;
        public ArenaRange Counter;
        public bool Superseded;
    }
}
