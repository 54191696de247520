using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using RenameFlags = ByteFuse.Protocol.RenameFlags;

namespace ByteFuse.FileSystem;

/// <summary>The two names of a rename.</summary>
internal record struct RenameNames(ulong OldDirectory, ulong NewDirectory, RenameFlags Flags)
{
    public MetadataKey OldName;
    public MetadataKey NewName;
}

/// <summary>A plan, nothing to do (null and no error), or why it cannot be.</summary>
internal readonly record struct RenamePlanResult(Errno Error, RenamePlan? Plan);

/// <summary>
/// What a rename read, and the commit that follows from it. A class: it lives across awaits and holds several nodes;
/// renames are rare enough to allocate one.
/// </summary>
internal sealed class RenamePlan
{
    private readonly RenameNames names;
    private DentryResult oldDentry;
    private DentryResult newDentry;
    private Node oldParent;
    private Node newParent;
    private Node moved;
    private ulong? topologyVersion;

    private RenamePlan(RenameNames names) => this.names = names;

    /// <summary>What the new name stood for.</summary>
    public Node? Replaced { get; private set; }

    public bool IsExchange => (names.Flags & RenameFlags.Exchange) != 0;

    /// <summary>The precondition that fails where a replaced directory is not empty; -1 where there is none.</summary>
    public int? NotEmptyPrecondition { get; private set; }

    private bool SameDirectory => names.OldDirectory == names.NewDirectory;

    private bool ChangesTopology => !SameDirectory && (moved.IsDirectory || (IsExchange && Replaced!.Value.IsDirectory));

    /// <summary>Reads both names and what they stand for, and refuses what cannot be renamed.</summary>
    public static async ReactorTask<RenamePlanResult> Read(Volume volume, RenameNames names)
    {
        var plan = new RenamePlan(names);
        var error = await plan.ReadDentries(volume);
        if (error != Errno.None) return new RenamePlanResult(error, null);
        // Two names of one inode: POSIX says that nothing happens.
        if (plan.newDentry.Error == Errno.None && plan.newDentry.Dentry.Inode == plan.oldDentry.Dentry.Inode)
            return new RenamePlanResult(Errno.None, null);
        error = await plan.ReadNodes(volume);
        if (error == Errno.None) error = plan.CheckTypes();
        if (error == Errno.None && plan.ChangesTopology) error = await plan.CheckAncestry(volume);
        return new RenamePlanResult(error, error == Errno.None ? plan : null);
    }

    /// <summary>Appends the whole rename to a commit.</summary>
    public async ReactorTask<Errno> Append(Connection connection, Request request, MetadataCommit commit)
    {
        var volume = connection.Volume;
        var now = request.Reactor.Clock.FileNow();
        commit.RequireVersion(names.OldName, oldDentry.Version);
        if (Replaced is null) commit.RequireAbsent(names.NewName);
        else commit.RequireVersion(names.NewName, newDentry.Version);
        commit.RequireExists(Keys.Inode(names.NewDirectory));
        if (topologyVersion is { } version) AppendTopology(commit, version);
        commit.PutDentry(names.NewName, moved.Inode, moved.Record.Mode);
        AppendMoved(commit, moved, names.NewDirectory, now);
        var whiteout = (names.Flags & RenameFlags.Whiteout) != 0;
        if (IsExchange)
        {
            commit.PutDentry(names.OldName, Replaced!.Value.Inode, Replaced.Value.Record.Mode);
            AppendMoved(commit, Replaced.Value, names.OldDirectory, now);
        }
        else
        {
            if (Replaced is { } replaced) NotEmptyPrecondition = LostName.Append(volume, commit, replaced, now);
            if (!whiteout) commit.Delete(names.OldName);
        }
        if (whiteout)
        {
            var error = await AppendWhiteout(connection, request, commit);
            if (error != Errno.None) return error;
        }
        return await AppendDirectories(volume, commit, now, whiteout);
    }

    private async ReactorTask<Errno> ReadDentries(Volume volume)
    {
        oldDentry = await volume.ReadDentry(names.OldName);
        if (oldDentry.Error != Errno.None) return oldDentry.Error;
        newDentry = await volume.ReadDentry(names.NewName);
        return newDentry.Error switch
        {
            Errno.None => (names.Flags & RenameFlags.NoReplace) != 0 ? Errno.EEXIST : Errno.None,
            Errno.ENOENT => IsExchange ? Errno.ENOENT : Errno.None,
            var error => error,
        };
    }

    private async ReactorTask<Errno> ReadNodes(Volume volume)
    {
        var result = await volume.ReadRecord(names.OldDirectory);
        oldParent = result.Node;
        if (result.Error == Errno.None && !SameDirectory) result = await volume.ReadRecord(names.NewDirectory);
        newParent = result.Node;
        if (result.Error == Errno.None) result = await volume.ReadRecord(oldDentry.Dentry.Inode);
        moved = result.Node;
        if (result.Error != Errno.None || newDentry.Error != Errno.None) return result.Error;
        result = await volume.ReadRecord(newDentry.Dentry.Inode);
        Replaced = result.Node;
        return result.Error;
    }

    private Errno CheckTypes()
    {
        if (newParent.IsRemovedDirectory) return Errno.ENOENT;
        if (IsExchange || Replaced is not { } replaced) return Errno.None;
        if (moved.IsDirectory && !replaced.IsDirectory) return Errno.ENOTDIR;
        return !moved.IsDirectory && replaced.IsDirectory ? Errno.EISDIR : Errno.None;
    }

    /// <summary>
    /// A directory must not move below itself. The kernel checks on one node; the version of the volume-wide key makes
    /// two crossed renames of different nodes conflict instead of making a cycle (hazard 2).
    /// </summary>
    private async ReactorTask<Errno> CheckAncestry(Volume volume)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Topology);
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        topologyVersion = read.Version(0);
        if (moved.IsDirectory) error = await CheckNotBelow(volume, names.NewDirectory, moved.Inode);
        if (error == Errno.None && IsExchange && Replaced!.Value.IsDirectory)
            error = await CheckNotBelow(volume, names.OldDirectory, Replaced.Value.Inode);
        return error;
    }

    private static async ReactorTask<Errno> CheckNotBelow(Volume volume, ulong directory, ulong ancestor)
    {
        while (directory != VolumeRecord.RootInode)
        {
            if (directory == ancestor) return Errno.EINVAL;
            var node = await volume.ReadRecord(directory);
            if (node.Error != Errno.None) return node.Error;
            directory = node.Node.Record.Parent;
        }
        return Errno.None;
    }

    private static void AppendTopology(MetadataCommit commit, ulong version)
    {
        if (version == 0) commit.RequireAbsent(Keys.Topology);
        else commit.RequireVersion(Keys.Topology, version);
        commit.Add(Keys.Topology, 0, 1);
    }

    private void AppendMoved(MetadataCommit commit, in Node node, ulong parent, long nowNs)
    {
        var record = node.Record;
        record.ChangedNs = nowNs;
        commit.RequireVersion(Keys.Inode(node.Inode), node.Version);
        if (node.IsDirectory)
        {
            commit.Max(Keys.Counters(node.Inode), DirectoryCounters.ChangedField, nowNs);
            if (SameDirectory) return;
            record.Parent = parent;
        }
        commit.PutInode(node.Inode, record);
    }

    /// <summary>overlayfs asks for a character device 0:0 in the place of what moved away.</summary>
    private async ReactorTask<Errno> AppendWhiteout(Connection connection, Request request, MetadataCommit commit)
    {
        var wanted = new NewInodeRequest(names.OldDirectory, FileMode.CharacterDevice, 0);
        var made = await NewInode.Prepare(connection, request, wanted);
        if (made.Error != Errno.None) return made.Error;
        NewInode.AppendInode(commit, made);
        commit.PutDentry(names.OldName, made.Node.Inode, made.Node.Record.Mode);
        return Errno.None;
    }

    private async ReactorTask<Errno> AppendDirectories(Volume volume, MetadataCommit commit, long nowNs, bool whiteout)
    {
        var movedDirectories = moved.IsDirectory ? 1 : 0;
        var replacedDirectories = Replaced is { IsDirectory: true } ? 1 : 0;
        var oldEntries = IsExchange || whiteout ? 0 : -1;
        var newEntries = Replaced is null ? 1 : 0;
        var oldSubdirectories = (IsExchange ? replacedDirectories : 0) - movedDirectories;
        var newSubdirectories = movedDirectories - replacedDirectories;
        if (SameDirectory)
        {
            return await DirectoryChange.Append(
                volume, commit, newParent, nowNs, oldEntries + newEntries, oldSubdirectories + newSubdirectories);
        }
        var error = await DirectoryChange.Append(volume, commit, oldParent, nowNs, oldEntries, oldSubdirectories);
        return error != Errno.None ? error : await DirectoryChange.Append(volume, commit, newParent, nowNs, newEntries, newSubdirectories);
    }
}
