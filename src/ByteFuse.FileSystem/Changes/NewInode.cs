using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What CREATE, MKNOD, MKDIR, SYMLINK, TMPFILE and a whiteout have in common: a new inode in a directory.</summary>
internal static class NewInode
{
    /// <summary>Prepares the new inode: number, owner, group and mode with what the directory hands down.</summary>
    public static async ReactorTask<NewInodeResult> Prepare(Connection connection, Request request, NewInodeRequest wanted)
    {
        var volume = connection.Volume;
        var parent = await volume.ReadRecord(wanted.Directory);
        if (parent.Error != Errno.None) return NewInodeResult.Failed(parent.Error);
        if (!parent.Node.IsDirectory) return NewInodeResult.Failed(Errno.ENOTDIR);
        if (parent.Node.IsRemovedDirectory) return NewInodeResult.Failed(Errno.ENOENT);
        var allocated = await volume.Inodes.Allocate();
        // A new range of numbers is a commit of its own, for which deleted files make room as for the others.
        if (allocated.Error == Errno.ENOSPC && await volume.Garbage.Collect()) allocated = await volume.Inodes.Allocate();
        if (allocated.Error != Errno.None) return NewInodeResult.Failed(allocated.Error);
        var inherited = await InheritedAcl.Read(volume, parent.Node, wanted.Mode, wanted.Umask);
        if (inherited.Error != Errno.None) return NewInodeResult.Failed(inherited.Error);
        var now = request.Reactor.Clock.FileNow();
        var node = new Node { Inode = allocated.Inode, Version = 1 };
        node.Record = Record(request, wanted, parent.Node, inherited.Mode, allocated.Inode, now);
        node.Record.Flags = inherited.Flags;
        if (node.IsDirectory) node.Counters = new DirectoryCounters(0, 0, now, now);
        return new NewInodeResult(Errno.None, node, parent.Node, inherited);
    }

    /// <summary>
    /// Appends the new inode to a commit under a name. The directory must still exist, so that it cannot be removed at
    /// the same time; the name must not.
    /// </summary>
    public static async ReactorTask<Errno> Append(Volume volume, MetadataCommit commit, MetadataKey name, NewInodeResult made)
    {
        var node = made.Node;
        commit.RequireAbsent(name);
        commit.PutDentry(name, node.Inode, node.Record.Mode);
        AppendInode(commit, made);
        return await DirectoryChange.Append(volume, commit, made.Parent, node.Record.ChangedNs, 1, node.IsDirectory ? 1 : 0);
    }

    /// <summary>Appends the inode alone, without a name.</summary>
    public static void AppendInode(MetadataCommit commit, in NewInodeResult made)
    {
        var node = made.Node;
        commit.RequireExists(Keys.Inode(made.Parent.Inode));
        commit.PutInode(node.Inode, node.Record);
        if (node.IsDirectory) DirectoryChange.Put(commit, Keys.Counters(node.Inode), node.Counters);
        made.Inherited.AppendTo(commit, node.Inode, node.IsDirectory);
        commit.Add(Keys.Usage, 0, 1);
    }

    /// <summary>
    /// What a failed precondition of <see cref="Append"/> means: the name exists, the directory is gone, or (None) its
    /// counters changed and the commit is worth another try.
    /// </summary>
    public static Errno Conflict(int failedPrecondition) => failedPrecondition switch
    {
        0 => Errno.EEXIST,
        1 => Errno.ENOENT,
        _ => Errno.None,
    };

    private static InodeRecord Record(
        Request request, in NewInodeRequest wanted, in Node parent, uint mode, ulong inode, long now)
    {
        var record = new InodeRecord
        {
            Mode = mode,
            UserId = request.Header.UserId,
            GroupId = request.Header.GroupId,
            LinkCount = wanted.LinkCount,
            DeviceNumber = wanted.DeviceNumber,
            Size = wanted.Size,
            AccessedNs = now,
            ModifiedNs = now,
            ChangedNs = now,
            CreatedNs = now,
            Parent = FileMode.IsDirectory(mode) ? parent.Inode : 0,
            QuotaRoot = parent.Record.QuotaRoot,
            // The same number to begin with, but a name of its own: clones will share data ids.
            DataId = FileMode.IsRegular(mode) ? inode : 0,
        };
        if ((parent.Record.Mode & FileMode.SetGroupId) == 0) return record;
        record.GroupId = parent.Record.GroupId;
        if (FileMode.IsDirectory(mode)) record.Mode |= FileMode.SetGroupId;
        return record;
    }
}

/// <summary>What kind of inode is wanted, and where.</summary>
internal readonly record struct NewInodeRequest(ulong Directory, uint Mode, uint Umask)
{
    public uint DeviceNumber { get; init; }

    public ulong Size { get; init; }

    public uint LinkCount { get; init; } = 1;
}

/// <summary>A prepared inode, its directory, and the ACLs that it inherits; or why there is none.</summary>
internal readonly record struct NewInodeResult(Errno Error, Node Node, Node Parent, InheritedAcl Inherited)
{
    public static NewInodeResult Failed(Errno error) => new(error, default, default, default);
}
