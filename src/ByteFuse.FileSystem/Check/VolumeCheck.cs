using System.Buffers.Binary;
using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Checks that the metadata of a volume that is not mounted is whole: every name has an inode, every inode its names,
/// counters count, and no stored bytes belong to nobody. With repair, names of missing inodes go, counts are set right,
/// inodes without a name get one in lost+found, and bytes that nobody names go. File contents are never truncated by
/// what the metadata says.
/// </summary>
public sealed class VolumeCheck
{
    private const int Batch = 512;

    private readonly IMetadataStore metadata;
    private readonly IDataStore data;
    private readonly IEnumerable<ulong> storedIds;
    private readonly bool repair;
    private readonly Action<CheckProgress> progress;
    private readonly CheckReport report = new();
    private readonly Dictionary<ulong, InodeSummary> inodes = [];
    private readonly HashSet<ulong> dataIds = [];
    private readonly HashSet<ulong> removedDirectories = [];
    private DirectoryCookie cookies;
    private NumberCounters numbers;
    private ulong highestNumber;

    /// <param name="metadata">The volume's metadata; nobody else has it open.</param>
    /// <param name="data">The volume's data.</param>
    /// <param name="storedIds">Every data id that has bytes; enumerated once, after the metadata.</param>
    /// <param name="repair">Mend what can be mended.</param>
    /// <param name="progress">Told now and then how far the check is.</param>
    public VolumeCheck(IMetadataStore metadata, IDataStore data, IEnumerable<ulong> storedIds, bool repair, Action<CheckProgress> progress)
    {
        this.metadata = metadata;
        this.data = data;
        this.storedIds = storedIds;
        this.repair = repair;
        this.progress = progress;
    }

    /// <summary>Runs the check on the calling reactor.</summary>
    public async ReactorTask<CheckReport> Run()
    {
        var error = await CheckVolume();
        if (error == Errno.None) error = await ScanAll("inodes", Keys.AllInodes, CheckInode);
        if (error == Errno.None) error = await ScanAll("orphans", Keys.AllOrphans, CheckOrphan);
        if (error == Errno.None) error = await ScanAll("garbage", Keys.AllGarbage, NoteGarbage);
        // Before lost+found may be made: its number must be nobody's, and what nobody owns must not become its own.
        if (error == Errno.None) error = await ScanAll("attributes", Keys.AllXattrs, CheckOwned);
        if (error == Errno.None) error = await ScanAll("links", Keys.AllSymlinks, CheckOwned);
        if (error == Errno.None) error = await ScanAll("counters", Keys.AllDirectoryCounters, CheckOwned);
        if (error == Errno.None) error = await CheckNextInode();
        if (error == Errno.None) error = await ScanAll("names", Keys.AllDentries, CheckDentry);
        if (error == Errno.None) error = await CheckSummaries();
        if (error == Errno.None) error = await CheckUsage();
        if (error == Errno.None) error = await CheckStoredFiles();
        if (error == Errno.None && repair) error = await metadata.Sync();
        report.Error = error;
        return report;
    }

    private async ReactorTask<Errno> CheckVolume()
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Volume);
        read.Add(Keys.Inode(VolumeRecord.RootInode));
        read.Add(Keys.InodeAllocator);
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        if (!VolumeRecord.TryRead(read.Value(0), out var volume)) return Errno.EIO;
        cookies = new DirectoryCookie(volume.CookieKey);
        NumberCounters.TryRead(read.Value(2), out numbers);
        if (!read.Found(1)) report.Add("the root directory is missing", repaired: false);
        return Errno.None;
    }

    private async ReactorTask<Errno> ScanAll(string phase, MetadataKey prefix, CheckKey check)
    {
        long done = 0;
        using var scan = MetadataScan.Rent();
        scan.Start(prefix, default, Batch);
        while (true)
        {
            var error = await metadata.Scan(scan);
            if (error != Errno.None) return error;
            using var commit = MetadataCommit.Rent();
            for (var i = 0; i < scan.Count; i++) check(commit, scan.Key(i), scan.Value(i));
            done += scan.Count;
            progress(new CheckProgress(phase, done));
            error = await Apply(commit);
            if (error != Errno.None || !scan.HasMore) return error;
            scan.Continue();
        }
    }

    private async ReactorTask<Errno> Apply(MetadataCommit commit)
    {
        if (commit.MutationCount == 0) return Errno.None;
        var outcome = await metadata.Commit(commit);
        return outcome.Committed ? Errno.None : outcome.Error != Errno.None ? outcome.Error : Errno.EBUSY;
    }

    private void CheckInode(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var inode = Keys.Number(key);
        report.Inodes++;
        highestNumber = Math.Max(highestNumber, inode);
        if (!InodeRecord.TryRead(value, out var record))
        {
            report.Add($"inode {inode}: its record cannot be read", repaired: false);
            dataIds.Add(inode);
            return;
        }
        inodes[inode] = new InodeSummary
        {
            Mode = record.Mode,
            LinkCount = record.LinkCount,
            RecordedParent = record.Parent,
            Flags = record.Flags,
        };
        if (record.DataId == 0) return;
        dataIds.Add(record.DataId);
        highestNumber = Math.Max(highestNumber, record.DataId);
    }

    private void CheckOrphan(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var inode = Keys.Number(key);
        report.Orphans++;
        highestNumber = Math.Max(highestNumber, inode);
        if (inodes.TryGetValue(inode, out var summary))
        {
            summary.IsOrphan = true;
        }
        else if (OrphanRecord.TryRead(value, out var orphan) && FileMode.IsDirectory(orphan.Attributes.Mode))
        {
            removedDirectories.Add(inode);
        }
        else
        {
            if (repair) commit.Delete(MetadataKey.From(key));
            report.Add($"orphan {inode}: there is no such inode", repair);
        }
    }

    private void NoteGarbage(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var dataId = Keys.Number(key);
        dataIds.Add(dataId);
        // A new inode's data id is its number: garbage of that id would take the new bytes with it.
        highestNumber = Math.Max(highestNumber, dataId);
    }

    private void CheckDentry(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        report.Dentries++;
        if (!Keys.TryParseDentry(key, out var directory, out var cookie, out var name) || !DentryRecord.TryRead(value, out var dentry))
        {
            report.Add($"a name in directory {directory} cannot be read", repaired: false);
            return;
        }
        var problem = Problem(directory, cookie, name, dentry);
        if (problem is not null)
        {
            if (repair) commit.Delete(MetadataKey.From(key));
            report.Add($"directory {directory}, name '{System.Text.Encoding.UTF8.GetString(name)}': {problem}", repair);
            return;
        }
        var (parent, child) = (inodes[directory], inodes[dentry.Inode]);
        parent.Entries++;
        if (child.IsDirectory) parent.Subdirectories++;
        child.Names++;
        child.FoundParent = directory;
    }

    private string? Problem(ulong directory, ulong cookie, ReadOnlySpan<byte> name, in DentryRecord dentry)
    {
        if (!inodes.TryGetValue(directory, out var parent)) return "its directory is missing";
        if (!parent.IsDirectory) return "it lies in something that is no directory";
        if (!inodes.TryGetValue(dentry.Inode, out var child)) return $"its inode {dentry.Inode} is missing";
        if (child.IsDirectory && child.Names > 0) return $"the directory {dentry.Inode} has another name";
        if (dentry.Type != FileMode.DentryType(child.Mode)) return $"its type is not that of inode {dentry.Inode}";
        return cookie != cookies.Of(name) ? "its cookie is not that of the name" : null;
    }

    private async ReactorTask<Errno> CheckSummaries()
    {
        long done = 0;
        // A list: a repair may add lost+found to the dictionary.
        foreach (var (inode, summary) in inodes.ToArray())
        {
            var error = await CheckSummary(inode, summary);
            if (error != Errno.None) return error;
            if (++done % Batch == 0) progress(new CheckProgress("counts", done));
        }
        return Errno.None;
    }

    private async ReactorTask<Errno> CheckSummary(ulong inode, InodeSummary summary)
    {
        var isRoot = inode == VolumeRecord.RootInode;
        // A removed directory has no inode record: its attributes lie in the orphan key.
        if (summary.IsOrphan && (summary.Names > 0 || summary.IsDirectory))
        {
            var error = await RemoveOrphanKey(inode, summary);
            if (error != Errno.None) return error;
        }
        if (summary.Names == 0 && !isRoot && !summary.IsOrphan)
        {
            report.Add($"inode {inode} has no name", repair);
            if (!repair) return Errno.None;
            var error = await LostAndFound.Attach(metadata, cookies, inodes, inode, summary);
            if (error != Errno.None) return error;
        }
        if (!summary.IsDirectory) return await CheckLinkCount(inode, summary);
        if (!isRoot && summary.RecordedParent != summary.FoundParent) await RepairParent(inode, summary);
        if (!isRoot && !ReachesRoot(inode)) report.Add($"directory {inode} is not below the root", repaired: false);
        return await CheckCounters(inode, summary);
    }

    // Left alone it would stay for good: a purge passes over what has a name.
    private async ReactorTask<Errno> RemoveOrphanKey(ulong inode, InodeSummary summary)
    {
        report.Add($"inode {inode} has {summary.Names} names and is listed as an orphan", repair);
        report.Orphans--;
        if (!repair) return Errno.None;
        summary.IsOrphan = false;
        using var commit = MetadataCommit.Rent();
        commit.Delete(Keys.Orphan(inode));
        return await Apply(commit);
    }

    private bool ReachesRoot(ulong inode)
    {
        // Longer than any path can be walked by the number of directories there are.
        for (var steps = 0; steps <= inodes.Count; steps++)
        {
            if (inode == VolumeRecord.RootInode) return true;
            if (!inodes.TryGetValue(inode, out var summary)) return false;
            // Reported, and with repair attached, as the inode without a name that it is: what lies below it is in order.
            if (summary.Names == 0) return true;
            inode = summary.FoundParent;
        }
        return false;
    }

    private async ReactorTask<Errno> CheckLinkCount(ulong inode, InodeSummary summary)
    {
        if (summary.LinkCount == summary.Names) return Errno.None;
        report.Add($"inode {inode} has {summary.Names} names and counts {summary.LinkCount}", repair);
        return repair ? await Rewrite(inode, record => record with { LinkCount = summary.Names }) : Errno.None;
    }

    private async ReactorTask<Errno> RepairParent(ulong inode, InodeSummary summary)
    {
        report.Add($"directory {inode} lies in {summary.FoundParent} and names {summary.RecordedParent} as its parent", repair);
        return repair ? await Rewrite(inode, record => record with { Parent = summary.FoundParent }) : Errno.None;
    }

    private async ReactorTask<Errno> CheckCounters(ulong inode, InodeSummary summary)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Counters(inode));
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        var known = DirectoryCounters.TryRead(read.Value(0), out var counters);
        if (known && counters.Entries == summary.Entries && counters.Subdirectories == summary.Subdirectories) return Errno.None;
        report.Add($"directory {inode} has {summary.Entries} names and counts {counters.Entries}", repair);
        if (!repair) return Errno.None;
        var now = CoreReactor.Current.Clock.FileNow();
        if (!known) counters = new DirectoryCounters(0, 0, now, now);
        using var commit = MetadataCommit.Rent();
        DirectoryChange.Put(commit, Keys.Counters(inode), counters with { Entries = summary.Entries, Subdirectories = summary.Subdirectories });
        return await Apply(commit);
    }

    private async ReactorTask<Errno> Rewrite(ulong inode, Func<InodeRecord, InodeRecord> change)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Inode(inode));
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        if (!InodeRecord.TryRead(read.Value(0), out var record)) return Errno.EIO;
        using var commit = MetadataCommit.Rent();
        commit.PutInode(inode, change(record));
        return await Apply(commit);
    }

    private void CheckOwned(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var inode = Keys.Number(key);
        if (inodes.ContainsKey(inode) || removedDirectories.Contains(inode)) return;
        if (repair) commit.Delete(MetadataKey.From(key));
        report.Add($"inode {inode} is missing and has a key in table '{(char)key[0]}'", repair);
    }

    private ReactorTask<Errno> CheckNextInode() => CheckTotal(Keys.InodeAllocator, (long)highestNumber + 1, exact: false, "the next inode number");

    private ReactorTask<Errno> CheckUsage() =>
        CheckTotal(Keys.Usage, inodes.Count + removedDirectories.Count, exact: true, "the number of inodes");

    private async ReactorTask<Errno> CheckTotal(MetadataKey key, long expected, bool exact, string what)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        var counted = read.Value(0).Length < sizeof(long) ? 0 : BinaryPrimitives.ReadInt64LittleEndian(read.Value(0));
        if (exact ? counted == expected : counted >= expected) return Errno.None;
        report.Add($"{what} is {counted} and should be {expected}", repair);
        using var commit = MetadataCommit.Rent();
        if (repair) commit.Add(key, 0, expected - counted);
        return await Apply(commit);
    }

    private async ReactorTask<Errno> CheckStoredFiles()
    {
        foreach (var dataId in storedIds)
        {
            if (++report.StoredFiles % Batch == 0) progress(new CheckProgress("data", report.StoredFiles));
            if (dataIds.Contains(dataId)) continue;
            var removed = repair && await data.Delete(dataId) == Errno.None;
            // The next mount removes it without being asked to.
            if (numbers.MayBeStray(dataId) && removed == repair) report.Strays++;
            else report.Add($"data {dataId:x16} belongs to no inode", removed);
        }
        return Errno.None;
    }

    private delegate void CheckKey(MetadataCommit commit, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}
