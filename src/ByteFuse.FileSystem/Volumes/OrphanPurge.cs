using System.Collections.Concurrent;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Removes inodes that have no name and no holder: record, xattrs, symlink target and orphan key in one commit, which
/// also turns the bytes into garbage. Several inodes share a commit. A purge that a crash prevents is found again by
/// its orphan key when the next session starts.
/// </summary>
internal sealed class OrphanPurge(Volume volume)
{
    /// <summary>Inodes purged in one commit.</summary>
    private const int Batch = 128;

    /// <summary>How long the first waits for others to share a commit with: FORGETs come one by one behind an rm -r.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    // Bounded by the orphans, which are bounded by what applications held open; an entry is 8 bytes.
    private readonly ConcurrentQueue<ulong> queue = new();
    private readonly PurgeWork work = new();
    private readonly ulong[] batch = new ulong[Batch];
    private CoreReactor? home;
    private int running;
    private bool scanning;

    /// <summary>True while there is something to purge.</summary>
    public bool IsBusy => Volatile.Read(ref running) != 0;

    /// <summary>Purges what ended sessions left, on this reactor, which also runs all later purges.</summary>
    public void Start()
    {
        BeginOn(CoreReactor.Current);
        TakeStock(volume.Session).Detach();
    }

    /// <summary>
    /// As <see cref="Start"/>, where the session goes on: its own orphans may be held. Returns when all are known: before the first
    /// FORGET comes.
    /// </summary>
    public ReactorTask<Errno> StartTakenOver()
    {
        BeginOn(CoreReactor.Current);
        return TakeStock(volume.Session);
    }

    /// <summary>Purges an inode soon; from any reactor.</summary>
    public void Add(ulong inode)
    {
        queue.Enqueue(inode);
        if (Interlocked.Exchange(ref running, 1) == 0) home!.Post(work);
    }

    /// <summary>Waits until nothing is left to purge.</summary>
    public async ReactorTask<Errno> Settle()
    {
        // Polling is enough: this happens at unmount and on a full store.
        // What a failed commit left in the queue is still named by its orphan key: the next session takes it up.
        while (Volatile.Read(ref running) != 0 || Volatile.Read(ref scanning)) await CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(1));
        return Errno.None;
    }

    private async ReactorTask<Errno> Run()
    {
        await CoreReactor.Current.Delay(Gathering);
        var error = Errno.None;
        while (true)
        {
            while (error == Errno.None && !queue.IsEmpty) error = await PurgeBatch();
            // First: who looks for space that is due finds one of the two busy.
            volume.Garbage.Notify();
            Volatile.Write(ref running, 0);
            // An Add between the last look and the write above saw running set and posted nothing.
            if (error != Errno.None || queue.IsEmpty || Interlocked.Exchange(ref running, 1) != 0) break;
        }
        return error;
    }

    private async ReactorTask<Errno> PurgeBatch()
    {
        using var commit = MetadataCommit.Rent();
        var purged = 0;
        for (; purged < Batch && queue.TryDequeue(out var inode); purged++)
        {
            batch[purged] = inode;
            // An inode that cannot be read keeps its orphan key: the next session, or fsck, meets it again.
            await Append(commit, inode);
        }
        if (commit.MutationCount == 0) return Errno.None;
        var outcome = await volume.Metadata.Commit(commit);
        return outcome.Committed ? Errno.None : outcome.Error != Errno.None ? outcome.Error : await PurgeOneByOne(purged);
    }

    /// <summary>One inode of the batch changed meanwhile: the others must not wait for it.</summary>
    private async ReactorTask<Errno> PurgeOneByOne(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var commit = MetadataCommit.Rent();
            await Append(commit, batch[i]);
            if (commit.MutationCount == 0) continue;
            var outcome = await volume.Metadata.Commit(commit);
            if (outcome.Error != Errno.None) return outcome.Error;
            if (!outcome.Committed) queue.Enqueue(batch[i]);
        }
        return Errno.None;
    }

    private async ReactorTask<Errno> Append(MetadataCommit commit, ulong inode)
    {
        var result = await volume.ReadRecord(inode);
        if (result.Error != Errno.None) return result.Error;
        var node = result.Node;
        // Somebody gave it a name again (linkat) after it was queued: leave it.
        if (!node.IsRemovedDirectory && (node.IsDirectory || node.Record.LinkCount > 0)) return Errno.None;
        if ((node.Record.Flags & InodeFlags.HasXattrs) != 0)
        {
            var error = await AppendXattrs(commit, inode);
            if (error != Errno.None) return error;
        }
        if (!node.IsDirectory) commit.RequireVersion(Keys.Inode(inode), node.Version);
        commit.Delete(Keys.Inode(inode));
        commit.Delete(Keys.Orphan(inode));
        volume.AccessTimes.Drop(inode);
        if (FileMode.IsSymbolicLink(node.Record.Mode)) commit.Delete(Keys.Symlink(inode));
        // A file that was never written leaves nothing to remove.
        if (node.Record.DataId != 0 && !volume.Data.IsKnownEmpty(node.Record.DataId)) commit.Put(Keys.Garbage(node.Record.DataId), default);
        commit.Add(Keys.Usage, 0, -1);
        return Errno.None;
    }

    private async ReactorTask<Errno> AppendXattrs(MetadataCommit commit, ulong inode)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.Xattrs(inode), default, Batch, wantValues: false);
        while (true)
        {
            var error = await volume.Metadata.Scan(scan);
            if (error != Errno.None) return error;
            for (var i = 0; i < scan.Count; i++) commit.Delete(MetadataKey.From(scan.Key(i)));
            if (!scan.HasMore) return Errno.None;
            scan.Continue();
        }
    }

    private void BeginOn(CoreReactor reactor)
    {
        home = reactor;
        work.Purge = this;
        scanning = true;
    }

    // While nothing is served yet, the session has orphans only if it is continued.
    private async ReactorTask<Errno> TakeStock(ulong session)
    {
        var error = await AddOrphans(session);
        // The volume may be closed while others go on: nobody closes the store under the scan.
        Volatile.Write(ref scanning, false);
        return error;
    }

    private async ReactorTask<Errno> AddOrphans(ulong session)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.AllOrphans, default, Batch);
        while (true)
        {
            var error = await volume.Metadata.Scan(scan);
            if (error != Errno.None) return error;
            for (var i = 0; i < scan.Count; i++)
            {
                if (!OrphanRecord.TryRead(scan.Value(i), out var orphan)) continue;
                if (orphan.Session != session) Add(Keys.Number(scan.Key(i)));
                else if (volume.IsTakenOver) volume.Orphans.Inherit(Keys.Number(scan.Key(i)));
            }
            if (!scan.HasMore) return Errno.None;
            scan.Continue();
        }
    }

    private sealed class PurgeWork : ReactorWork
    {
        public OrphanPurge? Purge { get; set; }

        public override void Execute() => Purge!.Run().Detach();
    }
}
