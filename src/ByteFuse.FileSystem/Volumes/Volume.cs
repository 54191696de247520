using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// An open volume: its two stores and what its mounts share. It keeps no file-system state of its own that could not be
/// read again from the stores (rule 5).
/// </summary>
public sealed class Volume
{
    /// <summary>
    /// How often a change is tried against a concurrent one before it fails with EAGAIN. The kernel serialises changes
    /// of one directory, so even two in a row are rare on one node.
    /// </summary>
    internal const int CommitAttempts = 64;

    private Volume(IMetadataStore metadata, IDataStore data, in VolumeRecord record, in NumberCounters numbers)
    {
        Metadata = metadata;
        Data = data;
        Record = record;
        Cookies = new DirectoryCookie(record.CookieKey);
        Inodes = new InodeAllocator(metadata);
        AccessTimes = new PendingAccessTimes(this);
        Garbage = new GarbageCollector(this);
        Purges = new OrphanPurge(this);
        Strays = new StraySweep(this, numbers);
    }

    /// <summary>The volume's own record.</summary>
    public VolumeRecord Record { get; }

    internal IMetadataStore Metadata { get; }

    internal IDataStore Data { get; }

    internal DirectoryCookie Cookies { get; }

    internal InodeAllocator Inodes { get; }

    internal OpenInodeTable OpenInodes { get; } = new();

    internal CreationHistory Creations { get; } = new();

    internal MappableFiles Mappable { get; } = new();

    internal OrphanTable Orphans { get; } = new();

    internal LockTable Locks { get; } = new();

    internal PendingAccessTimes AccessTimes { get; }

    internal GarbageCollector Garbage { get; }

    internal OrphanPurge Purges { get; }

    internal StraySweep Strays { get; }

    /// <summary>The number of this opening of the volume.</summary>
    internal ulong Session => Record.LastSession;

    /// <summary>Files that are open, for status.</summary>
    public int OpenFileCount => OpenInodes.Count;

    /// <summary>Inodes without a name that are still held, for status.</summary>
    public int OrphanCount => Orphans.Count;

    /// <summary>
    /// Writes the volume's record and an empty root directory into an empty store. The caller has checked that nothing
    /// else lives there.
    /// </summary>
    /// <param name="metadata">An empty store.</param>
    /// <param name="identity">128 random bits.</param>
    /// <param name="cookieKey">128 random bits: the key of the name hash.</param>
    /// <param name="now">The present, as <see cref="FileTime"/> has it.</param>
    public static async ReactorTask<Errno> Format(IMetadataStore metadata, UInt128 identity, UInt128 cookieKey, long now)
    {
        var record = new VolumeRecord
        {
            Format = VolumeRecord.CurrentFormat,
            Identity = identity,
            CookieKey = cookieKey,
            FormattedNs = now,
        };
        using var commit = MetadataCommit.Rent();
        WriteEmptyVolume(commit, record);
        var outcome = await metadata.Commit(commit);
        if (outcome.Error != Errno.None) return outcome.Error;
        return outcome.Committed ? await metadata.Sync() : Errno.EEXIST;
    }

    /// <summary>
    /// Opens a volume and starts a session. Orphans and garbage of sessions that ended, and bytes that a crash left without an inode,
    /// are removed in the background.
    /// </summary>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="data">Its data.</param>
    /// <param name="takenOver">The connection of a daemon that is gone which goes on in this one; null for none.</param>
    public static async ReactorTask<VolumeOpening> Open(IMetadataStore metadata, IDataStore data, UInt128? takenOver = null)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Volume);
        read.Add(Keys.InodeAllocator);
        var error = await metadata.Get(read);
        if (error != Errno.None) return VolumeOpening.Failed(error, "the volume's record cannot be read");
        if (!read.Found(0)) return VolumeOpening.Failed(Errno.ENOENT, "there is no volume in this metadata store");
        if (!VolumeRecord.TryRead(read.Value(0), out var record)) return VolumeOpening.Failed(Errno.EIO, "the volume's record is damaged");
        if (record.Format > VolumeRecord.CurrentFormat)
        {
            return VolumeOpening.Failed(Errno.EPROTO,
                $"the volume has format {record.Format}; this version knows formats up to {VolumeRecord.CurrentFormat}");
        }
        // Before anybody is handed a number. Where it cannot be read there is nothing to sweep, nor will there be new inodes.
        NumberCounters.TryRead(read.Value(1), out var numbers);
        record.LastSession++;
        using var commit = MetadataCommit.Rent();
        commit.RequireVersion(Keys.Volume, read.Version(0));
        commit.IsEssential = true;
        PutVolume(commit, record);
        var outcome = await metadata.Commit(commit);
        if (outcome.Error != Errno.None) return VolumeOpening.Failed(outcome.Error, "the start of a session cannot be recorded");
        if (!outcome.Committed) return VolumeOpening.Failed(Errno.EBUSY, "another daemon opened the volume at the same time");
        // Now, before a new connection writes its own. What cannot be removed is in nobody's way, and is met again next time.
        await DuplicateRequests.RemoveEnded(metadata, takenOver);
        var volume = new Volume(metadata, data, record, numbers);
        volume.Purges.Start();
        volume.Garbage.Start();
        volume.Strays.Start();
        return new VolumeOpening(Errno.None, volume, null);
    }

    /// <summary>The identity of the volume in a metadata store; null where its record cannot be read, which opening it tells.</summary>
    public static async ReactorTask<UInt128?> ReadIdentity(IMetadataStore metadata)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Volume);
        var error = await metadata.Get(read);
        return error == Errno.None && VolumeRecord.TryRead(read.Value(0), out var record) ? record.Identity : null;
    }

    /// <summary>Makes everything written so far durable: data first, then the metadata that names it.</summary>
    public async ReactorTask<Errno> Sync()
    {
        var error = await Data.SyncAll();
        await AccessTimes.Flush();
        var metadataError = await Metadata.Sync();
        return error != Errno.None ? error : metadataError;
    }

    /// <summary>Ends the session: purges what nobody can hold any more and makes everything durable.</summary>
    public async ReactorTask<Errno> Close()
    {
        Purges.Add(Orphans.TakeAll());
        await Purges.Settle();
        var error = await Garbage.Stop();
        await Strays.Stop();
        var syncError = await Sync();
        // Where something could not be made durable, the next session looks at this one's numbers.
        if (syncError == Errno.None) syncError = await Strays.EndSession();
        if (syncError == Errno.None) syncError = await SyncMetadata();
        return syncError != Errno.None ? syncError : error;
    }

    /// <summary>
    /// Makes every commit so far durable; costs nothing where all are. To be awaited before stored bytes are destroyed in
    /// place (truncate, punch) too: otherwise a power cut could bring back metadata that names bytes which are gone (hazard 1).
    /// </summary>
    internal ReactorTask<Errno> SyncMetadata() =>
        Metadata.DurableSequence >= Metadata.CommittedSequence ? new ReactorTask<Errno>(Errno.None) : Metadata.Sync();

    /// <summary>
    /// Commits a change that a caller asked for. Deleted files give their space back a little later than unlink: not at
    /// the price of a change that fails for want of space.
    /// </summary>
    internal ReactorTask<CommitOutcome> Commit(MetadataCommit commit)
    {
        var committing = Metadata.Commit(commit);
        if (!committing.IsCompleted) return CommitSlowly(committing, commit);
        var outcome = committing.GetAwaiter().GetResult();
        return outcome.Error == Errno.ENOSPC ? CommitSlowly(new ReactorTask<CommitOutcome>(outcome), commit) : new ReactorTask<CommitOutcome>(outcome);
    }

    /// <summary>True where the store is nearly full while deleted files have yet to give their space back.</summary>
    internal ReactorTask<bool> AwaitsSpace() =>
        Garbage.IsBusy || Purges.IsBusy || Orphans.Count > 0 ? Garbage.IsSpaceLow() : new ReactorTask<bool>(false);

    private async ReactorTask<CommitOutcome> CommitSlowly(ReactorTask<CommitOutcome> committing, MetadataCommit commit)
    {
        var outcome = await committing;
        return outcome.Error == Errno.ENOSPC && await Garbage.Collect() ? await Metadata.Commit(commit) : outcome;
    }

    private static void WriteEmptyVolume(MetadataCommit commit, in VolumeRecord record)
    {
        commit.RequireAbsent(Keys.Volume);
        PutVolume(commit, record);
        var root = new InodeRecord
        {
            Mode = FileMode.Directory | 0x1ED,
            LinkCount = 2,
            AccessedNs = record.FormattedNs,
            CreatedNs = record.FormattedNs,
            Parent = VolumeRecord.RootInode,
        };
        Span<byte> buffer = stackalloc byte[256];
        commit.Put(Keys.Inode(VolumeRecord.RootInode), root.Write(buffer));
        var counters = new DirectoryCounters(0, 0, record.FormattedNs, record.FormattedNs);
        commit.Put(Keys.Counters(VolumeRecord.RootInode), counters.Write(buffer));
        commit.Add(Keys.InodeAllocator, NumberCounters.NextField, (long)VolumeRecord.FirstInode);
        commit.Add(Keys.Usage, 0, 1);
    }

    private static void PutVolume(MetadataCommit commit, in VolumeRecord record)
    {
        Span<byte> buffer = stackalloc byte[256];
        commit.Put(Keys.Volume, record.Write(buffer));
    }
}

/// <summary>An open volume, or why it could not be opened.</summary>
/// <param name="Error">None where the volume is open.</param>
/// <param name="Volume">The volume, or null.</param>
/// <param name="Problem">What to tell the user, without a full stop; null where the volume is open.</param>
public sealed record VolumeOpening(Errno Error, Volume? Volume, string? Problem)
{
    internal static VolumeOpening Failed(Errno error, string problem) => new(error == Errno.None ? Errno.EBUSY : error, null, problem);
}
