namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// Which folders hold names that a power cut may take away. fsync(2) of a file does not promise its name: the folder must be
/// synced too, after the file was made, and so must the folders above a folder that is new.
/// <para>
/// Creations are counted per folder, and so is the creation up to which the folder has been synced. A file remembers the number
/// of its own creation; one that was only opened takes the latest number, as an earlier opening may have made it. Every folder
/// starts with one creation that is not synced: an earlier run of the daemon may have been killed between creating and syncing.
/// </para>
/// </summary>
internal sealed class FolderDurability
{
    private readonly Folder[] folders = new Folder[FolderLayout.Shards];

    /// <summary>To be called before a file is made in the folder.</summary>
    public void BeginCreate(int shard) => Interlocked.Increment(ref folders[shard].Creating);

    /// <summary>To be called after a file was made, or was not; returns the number of its creation.</summary>
    public long EndCreate(int shard)
    {
        var sequence = Interlocked.Increment(ref folders[shard].Created) + 1;
        Interlocked.Decrement(ref folders[shard].Creating);
        return sequence;
    }

    /// <summary>The number that a file takes which was there when it was opened; to be asked after it was opened.</summary>
    public long LatestCreation(int shard)
    {
        // While another reactor is making a file here, it may be this one, and its number is yet to come. Creating is read
        // first: where it is 0, the number has been given.
        var creating = Volatile.Read(ref folders[shard].Creating) > 0;
        var latest = Volatile.Read(ref folders[shard].Created) + 1;
        return creating ? latest + 1 : latest;
    }

    /// <summary>True where the folder must be synced for a file of that number to be found after a power cut.</summary>
    public bool NeedsSync(int shard, long sequence) => Volatile.Read(ref folders[shard].Synced) < sequence;

    /// <summary>The number to hand to <see cref="EndSync"/>; to be asked before the folder is synced.</summary>
    public long BeginSync(int shard) => Volatile.Read(ref folders[shard].Created) + 1;

    /// <summary>The folder was synced.</summary>
    public void EndSync(int shard, long sequence)
    {
        var synced = Volatile.Read(ref folders[shard].Synced);
        while (synced < sequence)
        {
            var seen = Interlocked.CompareExchange(ref folders[shard].Synced, sequence, synced);
            if (seen == synced) return;
            synced = seen;
        }
    }

    /// <summary>True where the folder's own name may not be durable yet. Folders are never removed, so once is enough.</summary>
    public bool AncestorsNeedSync(int shard) => !Volatile.Read(ref folders[shard].AncestorsSynced);

    /// <summary>The folders above the folder were synced.</summary>
    public void EndAncestorsSync(int shard) => Volatile.Write(ref folders[shard].AncestorsSynced, true);

    private struct Folder
    {
        /// <summary>Creations in this run; one more counts for those of earlier runs.</summary>
        public long Created;
        public long Synced;
        public int Creating;
        public bool AncestorsSynced;
    }
}
