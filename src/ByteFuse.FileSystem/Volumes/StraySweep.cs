using System.Numerics;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Removes bytes that no inode owns. A power cut takes back the latest commits, among them the creation of inodes whose files the
/// file system below, which has a journal of its own, may keep: nothing names such bytes, and their number is never used again.
/// <para>
/// Strays can only lie between the number up to which was swept (<see cref="NumberCounters.Swept"/>) and the first that had not been
/// handed out when the volume was opened: ranges of numbers are durable before they are used. Those from there on are this
/// session's. An orderly end of the session moves the first bound on, so that only sessions that crashed are swept, and what a
/// crash or an error interrupts begins again at the next opening from the last bound that was recorded.
/// </para>
/// </summary>
/// <param name="volume">The volume.</param>
/// <param name="opened">The numbers when it was opened.</param>
internal sealed class StraySweep(Volume volume, NumberCounters opened)
{
    /// <summary>Numbers looked at in one go, of which as many files at most are removed: 16 folders are listed for it.</summary>
    private const int Batch = 1024;

    /// <summary>Inode keys in one scan: a reactor's requests must not wait for long.</summary>
    private const int ScanLimit = 256;

    /// <summary>After how many numbers a long sweep records how far it is: each time, the data store may have to be synced.</summary>
    private const ulong RecordEvery = 1 << 20;

    /// <summary>How many numbers of one listing, as <see cref="Data.IDataStore.FindNeighbours"/> has them.</summary>
    private const int Neighbours = 64;

    /// <summary>Between two batches: some 50,000 numbers in a second, and users' requests have the disk.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan SettleLook = TimeSpan.FromMilliseconds(1);

    // What of the batch has bytes, and after the scan what of it has no inode: a bit for each.
    private readonly ulong[] strays = new ulong[Batch / Neighbours];

    private ulong swept = Math.Min(Math.Max(opened.Swept, VolumeRecord.FirstInode), opened.Next);
    private ulong recorded = opened.Swept;
    private bool removedSinceRecord;
    private bool running;
    private bool stopping;

    /// <summary>True while it sweeps.</summary>
    public bool IsBusy => Volatile.Read(ref running);

    private bool IsComplete => swept >= opened.Next;

    /// <summary>Begins, in the background, on the calling reactor.</summary>
    public void Start()
    {
        if (IsComplete) return;
        Volatile.Write(ref running, true);
        Run().Detach();
    }

    /// <summary>Ends after the batch in hand.</summary>
    public ReactorTask<Errno> Stop()
    {
        Volatile.Write(ref stopping, true);
        return Settle();
    }

    /// <summary>Waits until it has ended.</summary>
    public async ReactorTask<Errno> Settle()
    {
        while (IsBusy) await CoreReactor.Current.Delay(SettleLook);
        return Errno.None;
    }

    /// <summary>
    /// Records where the next session begins: behind this one's numbers, or where this sweep was stopped. To be called at an orderly
    /// end of the session, after <see cref="Stop"/>; every creation is committed.
    /// </summary>
    public async ReactorTask<Errno> EndSession()
    {
        if (!IsComplete) return swept > recorded ? await RecordSwept() : Errno.None;
        using var read = MetadataRead.Rent();
        read.Add(Keys.InodeAllocator);
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        if (!NumberCounters.TryRead(read.Value(0), out var now)) return Errno.EIO;
        swept = now.Next;
        return swept > recorded ? await RecordSwept() : Errno.None;
    }

    private async ReactorTask<Errno> Run()
    {
        var error = Errno.None;
        while (error == Errno.None && !IsComplete)
        {
            // First of all too: a mount does not wait for it.
            await CoreReactor.Current.Delay(Pause);
            if (Volatile.Read(ref stopping)) break;
            error = await SweepBatch();
            if (error == Errno.None && (IsComplete || swept - recorded >= RecordEvery)) error = await RecordSwept();
        }
        Volatile.Write(ref running, false);
        return error;
    }

    private async ReactorTask<Errno> SweepBatch()
    {
        var start = swept & ~(ulong)(Neighbours - 1);
        var error = await FindBytes(start);
        if (error == Errno.None && AnyStrays) error = await PassOverInodes(start);
        // The scan may have seen an inode purged by a commit that is not durable yet: a power cut would bring it back, without its bytes.
        if (error == Errno.None && AnyStrays) error = await volume.Metadata.Sync();
        if (error == Errno.None && AnyStrays) error = await Remove(start);
        if (error == Errno.None) swept = Math.Min(start + Batch, opened.Next);
        return error;
    }

    private bool AnyStrays => strays.AsSpan().ContainsAnyExcept(0UL);

    private async ReactorTask<Errno> FindBytes(ulong start)
    {
        Array.Clear(strays);
        for (var i = 0; i < strays.Length; i++)
        {
            var first = start + (ulong)(i * Neighbours);
            if (first >= opened.Next) break;
            var found = await volume.Data.FindNeighbours(first);
            if (found.Error != Errno.None) return found.Error;
            strays[i] = found.Present & InRange(first);
        }
        return Errno.None;
    }

    /// <summary>The bits of the numbers that belong to the sweep.</summary>
    private ulong InRange(ulong first)
    {
        var bits = ulong.MaxValue;
        if (first < swept) bits &= ulong.MaxValue << (int)(swept - first);
        if (opened.Next - first < Neighbours) bits &= (1UL << (int)(opened.Next - first)) - 1;
        return bits;
    }

    /// <summary>
    /// Takes out those whose inode exists. An orphan has its inode record until it is purged; the purge's garbage key needs no look, as
    /// with the record gone for good nobody misses the bytes.
    /// </summary>
    private async ReactorTask<Errno> PassOverInodes(ulong start)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.AllInodes, Keys.Inode(swept - 1), ScanLimit, wantValues: false);
        while (true)
        {
            var error = await volume.Metadata.Scan(scan);
            if (error != Errno.None) return error;
            for (var i = 0; i < scan.Count; i++)
            {
                var offset = Keys.Number(scan.Key(i)) - start;
                if (offset >= Batch) return Errno.None;
                strays[offset / Neighbours] &= ~(1UL << (int)(offset % Neighbours));
            }
            if (!scan.HasMore) return Errno.None;
            scan.Continue();
        }
    }

    private async ReactorTask<Errno> Remove(ulong start)
    {
        removedSinceRecord = true;
        for (var i = 0; i < strays.Length; i++)
        {
            for (var bits = strays[i]; bits != 0; bits &= bits - 1)
            {
                var error = await volume.Data.Delete(start + (ulong)((i * Neighbours) + BitOperations.TrailingZeroCount(bits)));
                if (error != Errno.None) return error;
            }
        }
        return Errno.None;
    }

    private async ReactorTask<Errno> RecordSwept()
    {
        // First: a power cut could bring back a file that nobody looks for any more.
        var error = removedSinceRecord ? await volume.Data.SyncAll() : Errno.None;
        if (error != Errno.None) return error;
        removedSinceRecord = false;
        using var commit = MetadataCommit.Rent();
        commit.Max(Keys.InodeAllocator, NumberCounters.SweptField, (long)swept);
        var outcome = await volume.Metadata.Commit(commit);
        if (outcome.Committed) recorded = swept;
        return outcome.Error;
    }
}
