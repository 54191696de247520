using System.Text;
using ByteFuse.Daemon;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;
using ByteFuse.Testing;

namespace ByteFuse.GrowthBench;

/// <summary>
/// Fills the metadata of a new volume with empty files, past the mount but by the daemon's own engine, schema and session: the rows
/// and counters are those that creates would have made, a thousand files to a commit. fsck finds nothing, and a mount serves it.
/// </summary>
public sealed class VolumeLoader
{
    private readonly IMetadataStore _metadata;
    private readonly DirectoryCookie _cookies;
    private readonly long _now = FileTime.FromUnixNanoseconds((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100);
    private readonly byte[] _record = new byte[256];
    private ulong _next;

    private VolumeLoader(HeldVolume volume)
    {
        _metadata = volume.Stores.Metadata;
        _cookies = new DirectoryCookie(volume.Volume.Record.CookieKey);
    }

    /// <summary>Formats a volume in a directory and fills it with the tree of so many files.</summary>
    public static void Load(string directory, long files)
    {
        VolumeUrl url = VolumeUrl.Parse("file://" + directory);
        VolumeFormatter.Format(url, force: false);
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using HeldVolume volume = HeldVolume.Open(url, reactors, Console.Error.WriteLine);
        var loader = new VolumeLoader(volume);
        Require(reactors.RunOn(0, () => loader.Fill(files)));
        Require(volume.Close());
    }

    private static void Require(Errno error)
    {
        if (error != Errno.None)
            throw new InvalidOperationException($"loading failed: {error}");
    }

    private async ReactorTask<Errno> Fill(long files)
    {
        Errno error = await ReadNext();
        ulong group = 0;
        for (int folder = 0; folder < LoadedTree.Folders(files) && error == Errno.None; folder++)
        {
            using MetadataCommit commit = MetadataCommit.Rent();
            ulong first = _next;
            if (folder % LoadedTree.FoldersPerGroup == 0)
            {
                int groups = folder / LoadedTree.FoldersPerGroup;
                int folders = Math.Min(LoadedTree.FoldersPerGroup, LoadedTree.Folders(files) - folder);
                group = AppendDirectory(commit, VolumeRecord.RootInode, LoadedTree.GroupName(groups), folders, folders);
                commit.Add(Keys.Counters(VolumeRecord.RootInode), DirectoryCounters.EntriesField, 1);
                commit.Add(Keys.Counters(VolumeRecord.RootInode), DirectoryCounters.SubdirectoriesField, 1);
            }
            AppendFolder(commit, group, folder, files);
            commit.Add(Keys.InodeAllocator, NumberCounters.NextField, (long)(_next - first));
            commit.Add(Keys.Usage, 0, (long)(_next - first));
            CommitOutcome outcome = await _metadata.Commit(commit);
            error = outcome.Committed || outcome.Error != Errno.None ? outcome.Error : Errno.EEXIST;
        }
        return error;
    }

    // Nobody else has the volume open: the numbers from here on are the loader's.
    private async ReactorTask<Errno> ReadNext()
    {
        using MetadataRead read = MetadataRead.Rent();
        read.Add(Keys.InodeAllocator);
        Errno error = await _metadata.Get(read);
        if (error != Errno.None)
            return error;
        if (!NumberCounters.TryRead(read.Value(0), out NumberCounters numbers))
            return Errno.EIO;
        _next = numbers.Next;
        return Errno.None;
    }

    // The entries of its group are counted there when the group is made: a group's commit comes first, and a load that is cut
    // off is of no use anyway.
    private void AppendFolder(MetadataCommit commit, ulong group, int folder, long files)
    {
        long first = (long)folder * LoadedTree.FilesPerFolder;
        int count = (int)Math.Min(LoadedTree.FilesPerFolder, files - first);
        ulong inode = AppendDirectory(commit, group, LoadedTree.FolderName(folder), count, 0);
        for (long file = first; file < first + count; file++)
            AppendInode(commit, inode, LoadedTree.FileName(file), Abi.S_IFREG | 0x1A4);
    }

    private ulong AppendDirectory(MetadataCommit commit, ulong parent, string name, int entries, int subdirectories)
    {
        ulong inode = AppendInode(commit, parent, name, Abi.S_IFDIR | 0x1ED);
        commit.Put(Keys.Counters(inode), new DirectoryCounters(entries, subdirectories, _now, _now).Write(_record));
        return inode;
    }

    private ulong AppendInode(MetadataCommit commit, ulong parent, string name, int mode)
    {
        ulong inode = _next++;
        bool isDirectory = (mode & Abi.S_IFMT) == Abi.S_IFDIR;
        var record = new InodeRecord
        {
            Mode = (uint)mode,
            LinkCount = 1,
            AccessedNs = _now,
            ModifiedNs = _now,
            ChangedNs = _now,
            CreatedNs = _now,
            Parent = isDirectory ? parent : 0,
            DataId = isDirectory ? 0 : inode,
        };
        commit.Put(Keys.Inode(inode), record.Write(_record));
        byte[] bytes = Encoding.ASCII.GetBytes(name);
        var dentry = new DentryRecord { Inode = inode, Type = (byte)(mode >> 12) };
        commit.Put(Keys.Dentry(parent, _cookies.Of(bytes), bytes), dentry.Write(_record));
        return inode;
    }
}
