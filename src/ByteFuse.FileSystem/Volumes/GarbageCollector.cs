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
    /// user of ext4 sees the space of a deleted file. A write that finds the store full does not wait, and where there is
    /// little space left nothing does: the kernel's own writes (passthrough) cannot ask.
    /// </summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked meanwhile whether little space is left.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Little space: what a fast disk takes in a second, so that it is not full before the next look; or half of a small store.</summary>
    private const ulong LittleSpace = 1 << 30;

    /// <summary>
    /// How long a write that found the store full waits for RELEASE and FORGET of files that were just deleted: a second. They come
    /// within a millisecond, unless other work has the processors. Who holds a deleted file open is waited for once.
    /// </summary>
    private const int ForgetLooks = 500;
    private static readonly TimeSpan ForgetLook = TimeSpan.FromMilliseconds(2);

    /// <summary>Data ids removed with one scan and one commit.</summary>
    private const int Batch = 256;

    private static readonly TimeSpan DrainLook = TimeSpan.FromMilliseconds(1);

    private bool pending;
    private bool draining;
    private bool running;
    private bool stopping;

    /// <summary>True while there may be garbage: what is pending is looked for while this runs, or will be.</summary>
    public bool IsBusy => Volatile.Read(ref pending) || Volatile.Read(ref running);

    /// <summary>True where the store is nearly full. A store that does not tell is not.</summary>
    public async ReactorTask<bool> IsSpaceLow()
    {
        var result = await volume.Data.GetSpace();
        var space = result.Space;
        return result.Error == Errno.None && space.AvailableBlocks * space.BlockSize < Math.Min(LittleSpace, space.Blocks * space.BlockSize / 2);
    }

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

    /// <summary>
    /// Removes what there is now, for a write that found the store full. True where another try is worth it: also where there was
    /// nothing, as somebody else may have removed it since.
    /// </summary>
    public async ReactorTask<bool> Collect()
    {
        await AwaitForgets();
        await volume.Purges.Settle();
        return await Drain() == Errno.None;
    }

    /// <summary>Removes everything and takes no more.</summary>
    public async ReactorTask<Errno> Stop()
    {
        Volatile.Write(ref stopping, true);
        var error = await Drain();
        // What waits for its time finds that there is none: the store may be closed while the reactor goes on.
        while (Volatile.Read(ref running)) await CoreReactor.Current.Delay(DrainLook);
        return error;
    }

    // The RELEASE and the FORGET of a file come by themselves, but a moment after close(2) and unlink(2) have returned. They do not
    // come while somebody has it open, nor where something else than an open holds the inode, a mapping for instance.
    private async ReactorTask<Errno> AwaitForgets()
    {
        for (var look = 0; volume.Orphans.AnyDue; look++)
        {
            if (look == ForgetLooks)
            {
                volume.Orphans.MarkHeld();
                break;
            }
            await CoreReactor.Current.Delay(ForgetLook);
        }
        return Errno.None;
    }

    private void Schedule()
    {
        if (Volatile.Read(ref stopping) || Interlocked.Exchange(ref running, true)) return;
        RunLater().Detach();
    }

    private async ReactorTask<Errno> RunLater()
    {
        for (var waited = TimeSpan.Zero; waited < Delay && !Volatile.Read(ref stopping) && !await IsSpaceLow(); waited += Look)
            await CoreReactor.Current.Delay(Look);
        var error = Errno.None;
        if (!Volatile.Read(ref stopping) && Interlocked.Exchange(ref pending, false)) error = await Drain();
        // The keys are still there: what could not be removed is tried again, for as long as it takes.
        if (error != Errno.None)
        {
            Volatile.Write(ref pending, true);
            for (var waited = TimeSpan.Zero; waited < Delay && !Volatile.Read(ref stopping); waited += Look) await CoreReactor.Current.Delay(Look);
        }
        Volatile.Write(ref running, false);
        // A Notify before the write above saw it set and left it to this.
        if (Volatile.Read(ref pending)) Schedule();
        return error;
    }

    // One at a time: who finds no garbage left because another one has just begun to remove it would find no space either.
    private async ReactorTask<Errno> Drain()
    {
        while (Interlocked.Exchange(ref draining, true)) await CoreReactor.Current.Delay(DrainLook);
        var error = await RemoveAll();
        Volatile.Write(ref draining, false);
        return error;
    }

    private async ReactorTask<Errno> RemoveAll()
    {
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.AllGarbage, default, Batch, wantValues: false);
        while (true)
        {
            var error = await volume.Metadata.Scan(scan);
            if (error != Errno.None || scan.Count == 0) return error;
            // The scan may have seen keys whose commit is not durable yet.
            error = await volume.Metadata.Sync();
            if (error != Errno.None) return error;
            using var commit = MetadataCommit.Rent();
            error = await Remove(scan, commit);
            if (commit.MutationCount > 0)
            {
                var outcome = await volume.Metadata.Commit(commit);
                if (!outcome.Committed) return outcome.Error;
            }
            if (error != Errno.None || !scan.HasMore) return error;
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
}
