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

    private Volume(IMetadataStore metadata, IDataStore data, in VolumeRecord record, in NumberCounters numbers, bool takenOver)
    {
        IsTakenOver = takenOver;
        Metadata = metadata;
        Data = data;
        Record = record;
        Cookies = new DirectoryCookie(record.CookieKey);
        Inodes = new InodeAllocator(metadata);
        AccessTimes = new PendingAccessTimes(this);
        Garbage = new GarbageCollector(this);
        Purges = new OrphanPurge(this);
        Orphans = new OrphanTable(Purges);
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

    internal OrphanTable Orphans { get; }

    internal LockTable Locks { get; } = new();

    internal PendingAccessTimes AccessTimes { get; }

    internal GarbageCollector Garbage { get; }

    internal OrphanPurge Purges { get; }

    internal StraySweep Strays { get; }

    /// <summary>The number of this opening of the volume.</summary>
    internal ulong Session => Record.LastSession;

    /// <summary>True where the session was begun by an earlier daemon and goes on in this one.</summary>
    internal bool IsTakenOver { get; }

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
    /// <param name="user">Whose the root directory is.</param>
    /// <param name="group">Its group.</param>
    public static async ReactorTask<Errno> Format(IMetadataStore metadata, UInt128 identity, UInt128 cookieKey, long now, uint user = 0, uint group = 0)
    {
        var record = new VolumeRecord
        {
            Format = VolumeRecord.CurrentFormat,
            Identity = identity,
            CookieKey = cookieKey,
            FormattedNs = now,
        };
        using var commit = MetadataCommit.Rent();
        WriteEmptyVolume(commit, record, user, group);
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
    public static ReactorTask<VolumeOpening> Open(IMetadataStore metadata, IDataStore data) => Open(metadata, data, []);

    /// <summary>
    /// Opens a volume whose daemon has died, and continues its session for the connections that go on: what they hold open without a
    /// name stays. ESTALE where the volume has been opened in between.
    /// </summary>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="data">Its data.</param>
    /// <param name="connections">What is kept of the connections; none begins a new session.</param>
    public static async ReactorTask<VolumeOpening> Open(IMetadataStore metadata, IDataStore data, IReadOnlyCollection<ConnectionMemory> connections)
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
        var failure = connections.Count == 0 ? await BeginSession(metadata, record, read.Version(0)) : CheckSession(record, connections);
        if (failure is not null) return failure;
        if (connections.Count == 0) record.LastSession++;
        // Now, before a new connection writes its own. What cannot be removed is in nobody's way, and is met again next time.
        await DuplicateRequests.RemoveEnded(metadata, [.. connections.Select(connection => connection.ConnectionId)]);
        var volume = new Volume(metadata, data, record, numbers, takenOver: connections.Count > 0);
        if (!volume.IsTakenOver) volume.Purges.Start();
        else if (await volume.TakeOver(connections) is var unread and not Errno.None) return VolumeOpening.Failed(unread, "the orphans of the session cannot be read");
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
        AccessTimes.Stop();
        Orphans.PurgeAll();
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
        CrashPoint.Pass(CrashPoint.BeforeCommit);
        var committing = Metadata.Commit(commit);
        if (!committing.IsCompleted) return CommitSlowly(committing, commit);
        var outcome = committing.GetAwaiter().GetResult();
        CrashPoint.Pass(CrashPoint.AfterCommit);
        return outcome.Error == Errno.ENOSPC ? CommitSlowly(new ReactorTask<CommitOutcome>(outcome), commit) : new ReactorTask<CommitOutcome>(outcome);
    }

    /// <summary>True where the store is nearly full while deleted files have yet to give their space back.</summary>
    internal ReactorTask<bool> AwaitsSpace() =>
        // In the order in which a deleted file goes through them: what leaves one is in the next before.
        Orphans.Count > 0 || Purges.IsBusy || Garbage.IsBusy ? Garbage.IsSpaceLow() : new ReactorTask<bool>(false);

    private static async ReactorTask<VolumeOpening?> BeginSession(IMetadataStore metadata, VolumeRecord record, ulong version)
    {
        record.LastSession++;
        using var commit = MetadataCommit.Rent();
        commit.RequireVersion(Keys.Volume, version);
        commit.IsEssential = true;
        PutVolume(commit, record);
        var outcome = await metadata.Commit(commit);
        if (outcome.Error != Errno.None) return VolumeOpening.Failed(outcome.Error, "the start of a session cannot be recorded");
        return outcome.Committed ? null : VolumeOpening.Failed(Errno.EBUSY, "another daemon opened the volume at the same time");
    }

    // Whoever opened it in between has purged what the connections hold.
    private static VolumeOpening? CheckSession(in VolumeRecord record, IReadOnlyCollection<ConnectionMemory> connections)
    {
        var session = record.LastSession;
        return connections.All(connection => connection.Session == session)
            ? null
            : VolumeOpening.Failed(Errno.ESTALE, "the volume has been opened since its daemon died");
    }

    private async ReactorTask<Errno> TakeOver(IReadOnlyCollection<ConnectionMemory> connections)
    {
        foreach (var connection in connections)
        {
            AccessTimes.TakeOver(connection.AccessTimes);
            foreach (var open in connection.OpensLeft) OpenInodes.TakeOver(open);
            if (connection.Mappable is { } mappable) Mappable.TakeOver(mappable);
        }
        return await Purges.StartTakenOver();
    }

    private async ReactorTask<CommitOutcome> CommitSlowly(ReactorTask<CommitOutcome> committing, MetadataCommit commit)
    {
        var outcome = await committing;
        CrashPoint.Pass(CrashPoint.AfterCommit);
        return outcome.Error == Errno.ENOSPC && await Garbage.Collect() ? await Metadata.Commit(commit) : outcome;
    }

    private static void WriteEmptyVolume(MetadataCommit commit, in VolumeRecord record, uint user, uint group)
    {
        commit.RequireAbsent(Keys.Volume);
        PutVolume(commit, record);
        var root = new InodeRecord
        {
            Mode = FileMode.Directory | 0x1ED,
            LinkCount = 2,
            UserId = user,
            GroupId = group,
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
