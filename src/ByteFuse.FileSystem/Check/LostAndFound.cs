using System.Text;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Gives an inode that lost its names one in /lost+found, as e2fsck does: "#" and its number.</summary>
internal static class LostAndFound
{
    private static ReadOnlySpan<byte> FolderName => "lost+found"u8;

    /// <summary>Attaches an inode; the folder is made where it is missing. The summaries are kept in step.</summary>
    public static async ReactorTask<Errno> Attach(
        IMetadataStore metadata, DirectoryCookie cookies, Dictionary<ulong, InodeSummary> inodes, ulong inode, InodeSummary summary)
    {
        var folder = await Find(metadata, cookies);
        if (folder.Error == Errno.ENOENT) folder = await Make(metadata, cookies, inodes);
        if (folder.Error != Errno.None) return folder.Error;
        if (!inodes.TryGetValue(folder.Inode, out var parent) || !parent.IsDirectory) return Errno.ENOTDIR;
        var name = Encoding.ASCII.GetBytes($"#{inode}");
        using var commit = MetadataCommit.Rent();
        commit.PutDentry(Keys.Dentry(folder.Inode, cookies.Of(name), name), inode, summary.Mode);
        commit.Add(Keys.Counters(folder.Inode), DirectoryCounters.EntriesField, 1);
        if (summary.IsDirectory) commit.Add(Keys.Counters(folder.Inode), DirectoryCounters.SubdirectoriesField, 1);
        var outcome = await metadata.Commit(commit);
        if (!outcome.Committed) return outcome.Error;
        parent.Entries++;
        if (summary.IsDirectory) parent.Subdirectories++;
        summary.Names = 1;
        summary.FoundParent = folder.Inode;
        return Errno.None;
    }

    private static MetadataKey Key(DirectoryCookie cookies) => Keys.Dentry(VolumeRecord.RootInode, cookies.Of(FolderName), FolderName);

    private static async ReactorTask<AllocatedInode> Find(IMetadataStore metadata, DirectoryCookie cookies)
    {
        using var read = MetadataRead.Rent();
        read.Add(Key(cookies));
        var error = await metadata.Get(read);
        if (error != Errno.None) return new AllocatedInode(error, 0);
        return DentryRecord.TryRead(read.Value(0), out var dentry)
            ? new AllocatedInode(Errno.None, dentry.Inode)
            : new AllocatedInode(Errno.ENOENT, 0);
    }

    private static async ReactorTask<AllocatedInode> Make(
        IMetadataStore metadata, DirectoryCookie cookies, Dictionary<ulong, InodeSummary> inodes)
    {
        var allocated = await new InodeAllocator(metadata).Allocate();
        if (allocated.Error != Errno.None) return allocated;
        var now = CoreReactor.Current.Clock.FileNow();
        var record = new InodeRecord
        {
            Mode = FileMode.Directory | 0x1C0,
            LinkCount = 2,
            AccessedNs = now,
            CreatedNs = now,
            Parent = VolumeRecord.RootInode,
        };
        using var commit = MetadataCommit.Rent();
        commit.RequireAbsent(Key(cookies));
        commit.PutDentry(Key(cookies), allocated.Inode, record.Mode);
        commit.PutInode(allocated.Inode, record);
        DirectoryChange.Put(commit, Keys.Counters(allocated.Inode), new DirectoryCounters(0, 0, now, now));
        commit.Add(Keys.Counters(VolumeRecord.RootInode), DirectoryCounters.EntriesField, 1);
        commit.Add(Keys.Counters(VolumeRecord.RootInode), DirectoryCounters.SubdirectoriesField, 1);
        commit.Add(Keys.Usage, 0, 1);
        var outcome = await metadata.Commit(commit);
        if (!outcome.Committed) return new AllocatedInode(outcome.Error == Errno.None ? Errno.EBUSY : outcome.Error, 0);
        inodes[allocated.Inode] = new InodeSummary
        {
            Mode = record.Mode,
            LinkCount = 2,
            RecordedParent = VolumeRecord.RootInode,
            Flags = InodeFlags.None,
            Names = 1,
            FoundParent = VolumeRecord.RootInode,
        };
        var root = inodes[VolumeRecord.RootInode];
        root.Entries++;
        root.Subdirectories++;
        return allocated;
    }
}
