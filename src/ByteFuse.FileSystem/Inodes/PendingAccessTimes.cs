using System.Collections.Concurrent;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Access times that are not in the metadata yet: a read is not to wait for a commit, and a hundred reads of as many files
/// are to cost one. Whoever reads an inode sees them, and whatever is committed of the inode takes them along. They are
/// committed within a second, by a sync of the volume, and when it is closed. A daemon that is killed leaves that second's to its
/// successor where the connection has memory that outlives it (<see cref="KeptAccessTimes"/>); without, they are lost, as a power
/// cut takes a local file system's under lazytime.
/// </summary>
internal sealed class PendingAccessTimes(Volume volume)
{
    /// <summary>Inodes that wait; beyond, a read commits by itself. An entry takes some 100 bytes.</summary>
    public const int Maximum = 8192;

    /// <summary>How long one waits for others to share its commit with.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>Inodes of one commit.</summary>
    private const int Batch = 64;

    /// <summary>How often one that commits by itself tries against concurrent changes: an access time is not worth more.</summary>
    private const int Attempts = 4;

    private readonly ConcurrentDictionary<ulong, PendingTime> times = new();

    // Every read of an inode asks whether there are any: the dictionary's own Count and IsEmpty take all its locks. It counts an
    // entry before it is there and until after it has gone, so that whoever finds none overlooks none.
    private int count;
    private int scheduled;
    private bool stopping;

    /// <summary>Records an access time: to be committed with others, or at once where too many are kept. On a reactor.</summary>
    public ReactorTask<Errno> Record(Connection connection, ulong inode, long nowNs) =>
        TryAdd(inode, nowNs, connection.Memory?.AccessTimes) ? new ReactorTask<Errno>(Errno.None) : CommitAlone(inode, nowNs);

    /// <summary>Takes up what a dead daemon left of a connection that goes on. On a reactor, before its first request.</summary>
    public void TakeOver(KeptAccessTimes kept)
    {
        foreach (var (inode, timeNs, place) in kept.ReadLeft())
        {
            if (times.TryAdd(inode, new PendingTime(timeNs, kept, place))) Interlocked.Increment(ref count);
            // Two connections to one inode: the later time is in neither place for sure, and a moment is all that is between.
            else kept.Remove(place);
        }
        if (Volatile.Read(ref count) != 0) Schedule();
    }

    /// <summary>A connection has ended, and its memory goes: what came through it waits here alone from now on.</summary>
    public void Detach(KeptAccessTimes kept)
    {
        kept.End();
        foreach (var (_, pending) in times) pending.Detach(kept);
    }

    /// <summary>Puts the pending access time into a record that was read from the metadata.</summary>
    public void Merge(ulong inode, ref InodeRecord record)
    {
        // Mostly there are none, and every LOOKUP comes by here.
        if (Volatile.Read(ref count) == 0) return;
        if (times.TryGetValue(inode, out var pending) && pending.TimeNs > record.AccessedNs) record.AccessedNs = pending.TimeNs;
    }

    /// <summary>Somebody sets the access time of the inode, or removes it: what is pending does not count any more.</summary>
    public void Drop(ulong inode)
    {
        if (Volatile.Read(ref count) == 0 || !times.TryRemove(inode, out var dropped)) return;
        Interlocked.Decrement(ref count);
        dropped.End();
    }

    /// <summary>Commits nothing by itself any more: the volume is closed, and the reactors may go on.</summary>
    public void Stop() => Volatile.Write(ref stopping, true);

    /// <summary>Commits what is pending now. An inode that changes meanwhile stays for the next time.</summary>
    public async ReactorTask<Errno> Flush()
    {
        if (Volatile.Read(ref count) == 0) return Errno.None;
        var waiting = times.Select(pair => new WaitingTime(pair.Key, pair.Value, pair.Value.TimeNs)).ToArray();
        for (var first = 0; first < waiting.Length; first += Batch)
        {
            var error = await Commit(waiting.AsMemory(first, Math.Min(Batch, waiting.Length - first)));
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    private bool TryAdd(ulong inode, long nowNs, KeptAccessTimes? kept)
    {
        if (Interlocked.Increment(ref count) > Maximum)
        {
            Interlocked.Decrement(ref count);
            return false;
        }
        while (true)
        {
            // Changed where it is: whoever takes it out ends it, and what comes later makes another one.
            if (times.TryGetValue(inode, out var earlier))
            {
                if (!earlier.TryUpdate(inode, nowNs, kept)) continue;
                Interlocked.Decrement(ref count);
                break;
            }
            var added = new PendingTime(nowNs, kept, kept?.Add(inode, nowNs) ?? -1);
            if (times.TryAdd(inode, added)) break;
            added.End();
        }
        Schedule();
        return true;
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref scheduled, 1) == 0) FlushLater().Detach();
    }

    private async ReactorTask<Errno> FlushLater()
    {
        await CoreReactor.Current.Delay(Delay);
        Volatile.Write(ref scheduled, 0);
        if (Volatile.Read(ref stopping)) return Errno.None;
        var error = await Flush();
        // On a full disk they wait until there is room: access times are no reason to fail anybody.
        if (Volatile.Read(ref count) != 0 && !Volatile.Read(ref stopping)) Schedule();
        return error;
    }

    private async ReactorTask<Errno> Commit(ReadOnlyMemory<WaitingTime> batch)
    {
        using var commit = MetadataCommit.Rent();
        for (var i = 0; i < batch.Length; i++) await Append(commit, batch.Span[i].Inode);
        var outcome = commit.MutationCount == 0 ? CommitOutcome.Success : await volume.Metadata.Commit(commit);
        if (outcome.Committed)
        {
            for (var i = 0; i < batch.Length; i++) Committed(batch.Span[i]);
            return Errno.None;
        }
        if (outcome.Error != Errno.None) return outcome.Error;
        // One of them changed meanwhile: the others must not wait for it.
        for (var i = 0; batch.Length > 1 && i < batch.Length; i++)
        {
            var error = await Commit(batch.Slice(i, 1));
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    private async ReactorTask<Errno> CommitAlone(ulong inode, long nowNs)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var commit = MetadataCommit.Rent();
            var error = await Append(commit, inode, nowNs);
            if (error != Errno.None || commit.MutationCount == 0) return error;
            var outcome = await volume.Commit(commit);
            if (outcome.Committed || outcome.Error != Errno.None) return outcome.Error;
        }
        return Errno.EAGAIN;
    }

    // What is pending is merged as it is read, if it still is. An inode that is gone has no access time either.
    private async ReactorTask<Errno> Append(MetadataCommit commit, ulong inode, long notBeforeNs = long.MinValue)
    {
        var result = await volume.ReadRecord(inode);
        if (result.Error != Errno.None || result.Node.IsRemovedDirectory) return result.Error;
        var record = result.Node.Record;
        record.AccessedNs = Math.Max(record.AccessedNs, notBeforeNs);
        commit.RequireVersion(Keys.Inode(inode), result.Node.Version);
        commit.PutInode(inode, record);
        return Errno.None;
    }

    // Not where a later one has come meanwhile.
    private void Committed(in WaitingTime waiting)
    {
        // What was dropped meanwhile is not in the dictionary any more, nor counted.
        if (!waiting.Pending.TryEnd(waiting.TimeNs) || !times.TryRemove(KeyValuePair.Create(waiting.Inode, waiting.Pending))) return;
        Interlocked.Decrement(ref count);
    }

    /// <summary>A pending time as a flush found it.</summary>
    private readonly record struct WaitingTime(ulong Inode, PendingTime Pending, long TimeNs);

    /// <summary>An access time, and where it is kept for a successor. Changed in place: reads allocate nothing.</summary>
    private sealed class PendingTime(long timeNs, KeptAccessTimes? kept, int place)
    {
        private readonly Lock gate = new();
        private bool ended;

        public long TimeNs => Volatile.Read(ref timeNs);

        /// <summary>A later time; false where it was taken out meanwhile.</summary>
        public bool TryUpdate(ulong inode, long laterNs, KeptAccessTimes? through)
        {
            lock (gate)
            {
                if (ended) return false;
                Volatile.Write(ref timeNs, laterNs);
                if (kept is not null) kept.Update(place, laterNs);
                else if (through is not null) (kept, place) = (through, through.Add(inode, laterNs));
                return true;
            }
        }

        /// <summary>It has been committed; false where a later one has come, or somebody was faster.</summary>
        public bool TryEnd(long committedNs)
        {
            lock (gate)
            {
                if (ended || timeNs != committedNs) return false;
                End();
                return true;
            }
        }

        public void End()
        {
            lock (gate)
            {
                if (!ended) kept?.Remove(place);
                ended = true;
            }
        }

        public void Detach(KeptAccessTimes gone)
        {
            lock (gate)
            {
                if (kept == gone) kept = null;
            }
        }
    }
}
