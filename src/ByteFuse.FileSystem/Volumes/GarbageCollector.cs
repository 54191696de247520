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
    /// <summary>How long a removal waits for others to share its sync of the metadata with.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

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
    public async ReactorTask<bool> Collect() => await Drain() > 0;

    /// <summary>Removes everything and takes no more.</summary>
    public async ReactorTask<Errno> Stop()
    {
        Volatile.Write(ref stopping, true);
        await Drain();
        return Errno.None;
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
        if (!Volatile.Read(ref stopping) && Interlocked.Exchange(ref pending, false)) await Drain();
        return Errno.None;
    }

    private async ReactorTask<int> Drain()
    {
        var removed = 0;
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.AllGarbage, default, Batch, wantValues: false);
        while (await volume.Metadata.Scan(scan) == Errno.None && scan.Count > 0)
        {
            // The scan may have seen keys whose commit is not durable yet.
            if (await volume.Metadata.Sync() != Errno.None) break;
            using var commit = MetadataCommit.Rent();
            for (var i = 0; i < scan.Count; i++)
            {
                var dataId = Keys.Number(scan.Key(i));
                if (await volume.Data.Delete(dataId) == Errno.None) commit.Delete(Keys.Garbage(dataId));
            }
            removed += commit.MutationCount;
            if (commit.MutationCount > 0 && !(await volume.Metadata.Commit(commit)).Committed) break;
            if (!scan.HasMore) break;
            scan.Continue();
        }
        return removed;
    }
}
