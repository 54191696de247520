using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Removes the bytes of purged files. A data id comes here with the commit that purged its inode, as a garbage key; its
/// bytes go only once that commit is durable (hazard 1: a power cut must not bring back metadata that names bytes which
/// are gone), and the key goes after the bytes. A crash in between repeats the removal, which is harmless.
/// The garbage keys are the queue: nothing is kept in memory, and an interrupted removal is found again at the next start.
/// </summary>
internal sealed class GarbageCollector(Volume volume)
{
    /// <summary>
    /// How long a removal waits for others to share its sync of the metadata with: ext4's commit interval, after which a
    /// user of ext4 sees the space of a deleted file. A write that finds the store full does not wait.
    /// </summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    /// <summary>Data ids removed with one scan and one commit.</summary>
    private const int Batch = 256;

    private bool pending;
    private bool running;
    private bool stopping;

    /// <summary>Looks for garbage that an earlier session left.</summary>
    public void Start()
    {
        Volatile.Write(ref pending, true);
        Schedule();
    }

    /// <summary>There are new garbage keys.</summary>
    public void Notify()
    {
        Volatile.Write(ref pending, true);
        Schedule();
    }

    /// <summary>Removes what there is now, for a write that found the store full. True where something was removed.</summary>
    public async ReactorTask<bool> Collect()
    {
        await volume.Purges.Settle();
        return (await Drain()).Removed > 0;
    }

    /// <summary>Removes everything and takes no more.</summary>
    public async ReactorTask<Errno> Stop()
    {
        Volatile.Write(ref stopping, true);
        return (await Drain()).Error;
    }

    private void Schedule()
    {
        if (Volatile.Read(ref stopping) || Interlocked.Exchange(ref running, true)) return;
        RunLater().Detach();
    }

    private async ReactorTask<Errno> RunLater()
    {
        await CoreReactor.Current.Delay(Delay);
        Volatile.Write(ref running, false);
        if (Volatile.Read(ref stopping) || !Interlocked.Exchange(ref pending, false)) return Errno.None;
        var drained = await Drain();
        // The keys are still there: what could not be removed is tried again, for as long as it takes.
        if (drained.Error != Errno.None) Notify();
        return drained.Error;
    }

    private async ReactorTask<Drained> Drain()
    {
        var removed = 0;
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.AllGarbage, default, Batch, wantValues: false);
        while (true)
        {
            var error = await volume.Metadata.Scan(scan);
            if (error != Errno.None || scan.Count == 0) return new Drained(error, removed);
            // The scan may have seen keys whose commit is not durable yet.
            error = await volume.Metadata.Sync();
            if (error != Errno.None) return new Drained(error, removed);
            using var commit = MetadataCommit.Rent();
            error = await Remove(scan, commit);
            removed += commit.MutationCount;
            if (commit.MutationCount > 0)
            {
                var outcome = await volume.Metadata.Commit(commit);
                if (!outcome.Committed) return new Drained(outcome.Error, removed);
            }
            if (error != Errno.None || !scan.HasMore) return new Drained(error, removed);
            scan.Continue();
        }
    }

    /// <summary>Removes the bytes of a batch; the keys of those that went are appended to the commit. The last error, if any.</summary>
    private async ReactorTask<Errno> Remove(MetadataScan scan, MetadataCommit commit)
    {
        var failed = Errno.None;
        for (var i = 0; i < scan.Count; i++)
        {
            var dataId = Keys.Number(scan.Key(i));
            var error = await volume.Data.Delete(dataId);
            if (error == Errno.None) commit.Delete(Keys.Garbage(dataId));
            else failed = error;
        }
        return failed;
    }

    private readonly record struct Drained(Errno Error, int Removed);
}
