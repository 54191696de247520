using System.Collections.Concurrent;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Access times that are not in the metadata yet: a read is not to wait for a commit, and a hundred reads of as many files
/// are to cost one. Whoever reads an inode sees them, and whatever is committed of the inode takes them along. They are
/// committed within a second, by a sync of the volume, and when it is closed; a daemon that is killed loses that second's,
/// as a power cut takes a local file system's under lazytime.
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

    private readonly ConcurrentDictionary<ulong, long> times = new();

    // Every read of an inode asks whether there are any: the dictionary's own Count and IsEmpty take all its locks. It counts an
    // entry before it is there and until after it has gone, so that whoever finds none overlooks none.
    private int count;
    private int scheduled;

    /// <summary>Records an access time: to be committed with others, or at once where too many are kept. On a reactor.</summary>
    public ReactorTask<Errno> Record(ulong inode, long nowNs) =>
        TryAdd(inode, nowNs) ? new ReactorTask<Errno>(Errno.None) : CommitAlone(inode, nowNs);

    /// <summary>Puts the pending access time into a record that was read from the metadata.</summary>
    public void Merge(ulong inode, ref InodeRecord record)
    {
        // Mostly there are none, and every LOOKUP comes by here.
        if (Volatile.Read(ref count) == 0) return;
        if (times.TryGetValue(inode, out var pending) && pending > record.AccessedNs) record.AccessedNs = pending;
    }

    /// <summary>Somebody sets the access time of the inode, or removes it: what is pending does not count any more.</summary>
    public void Drop(ulong inode)
    {
        if (Volatile.Read(ref count) != 0 && times.TryRemove(inode, out _)) Interlocked.Decrement(ref count);
    }

    /// <summary>Commits what is pending now. An inode that changes meanwhile stays for the next time.</summary>
    public async ReactorTask<Errno> Flush()
    {
        if (Volatile.Read(ref count) == 0) return Errno.None;
        var waiting = times.ToArray();
        for (var first = 0; first < waiting.Length; first += Batch)
        {
            var error = await Commit(waiting.AsMemory(first, Math.Min(Batch, waiting.Length - first)));
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    private bool TryAdd(ulong inode, long nowNs)
    {
        if (Interlocked.Increment(ref count) > Maximum)
        {
            Interlocked.Decrement(ref count);
            return false;
        }
        while (!times.TryAdd(inode, nowNs))
        {
            // Changed where it still is, never put back: a flush may have taken it out in between, and its count with it.
            if (!times.TryGetValue(inode, out var earlier) || !times.TryUpdate(inode, nowNs, earlier)) continue;
            Interlocked.Decrement(ref count);
            break;
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
        var error = await Flush();
        // On a full disk they wait until there is room: access times are no reason to fail anybody.
        if (Volatile.Read(ref count) != 0) Schedule();
        return error;
    }

    private async ReactorTask<Errno> Commit(ReadOnlyMemory<KeyValuePair<ulong, long>> batch)
    {
        using var commit = MetadataCommit.Rent();
        for (var i = 0; i < batch.Length; i++) await Append(commit, batch.Span[i].Key);
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
    private void Committed(KeyValuePair<ulong, long> entry)
    {
        if (times.TryRemove(entry)) Interlocked.Decrement(ref count);
    }
}
