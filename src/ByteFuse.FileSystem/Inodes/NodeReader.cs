using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Reads inodes.</summary>
internal static class NodeReader
{
    /// <summary>
    /// The node of an inode number, with what the data store keeps. ESTALE where the inode is gone: the VFS then looks
    /// the path up again.
    /// </summary>
    public static async ReactorTask<NodeResult> ReadNode(this Volume volume, ulong inode)
    {
        var result = await ReadRecord(volume, inode);
        if (result.Error != Errno.None || !result.Node.IsFile || !volume.Data.KeepsAttributes) return result;
        var data = await volume.Data.GetAttributes(result.Node.Record.DataId);
        return data.Error != Errno.None
            ? new NodeResult(data.Error, default)
            : result with { Node = result.Node with { Data = data.Attributes } };
    }

    /// <summary>The node without what the data store keeps; enough where type, owner and mode are asked.</summary>
    public static async ReactorTask<NodeResult> ReadRecord(this Volume volume, ulong inode)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Inode(inode));
        read.Add(Keys.Counters(inode));
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return new NodeResult(error, default);
        return read.Found(0) ? Decode(volume, read, 0, inode) : await ReadRemovedDirectory(volume, inode);
    }

    /// <summary>Decodes a node from two keys of a read, the inode at <paramref name="index"/> and its counters behind it.</summary>
    public static NodeResult Decode(Volume volume, MetadataRead read, int index, ulong inode)
    {
        var node = new Node { Inode = inode, Version = read.Version(index) };
        if (!read.Found(index)) return new NodeResult(Errno.ESTALE, default);
        if (!InodeRecord.TryRead(read.Value(index), out node.Record)) return new NodeResult(Errno.EIO, default);
        volume.AccessTimes.Merge(inode, ref node.Record);
        if (!node.IsDirectory) return new NodeResult(Errno.None, node);
        if (!read.Found(index + 1) || !DirectoryCounters.TryRead(read.Value(index + 1), out node.Counters))
            return new NodeResult(Errno.EIO, default);
        node.CountersVersion = read.Version(index + 1);
        return new NodeResult(Errno.None, node);
    }

    private static async ReactorTask<NodeResult> ReadRemovedDirectory(Volume volume, ulong inode)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Orphan(inode));
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return new NodeResult(error, default);
        if (!read.Found(0)) return new NodeResult(Errno.ESTALE, default);
        if (!OrphanRecord.TryRead(read.Value(0), out var orphan)) return new NodeResult(Errno.EIO, default);
        if (!FileMode.IsDirectory(orphan.Attributes.Mode)) return new NodeResult(Errno.ESTALE, default);
        var node = new Node
        {
            Inode = inode,
            Record = orphan.Attributes,
            Counters = new DirectoryCounters(0, 0, orphan.Attributes.ModifiedNs, orphan.Attributes.ChangedNs),
        };
        return new NodeResult(Errno.None, node);
    }

    /// <summary>The dentry of a name in a directory: Inode 0 where there is none.</summary>
    public static async ReactorTask<DentryResult> ReadDentry(this Volume volume, MetadataKey key)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return new DentryResult(error, default, 0);
        if (!read.Found(0)) return new DentryResult(Errno.ENOENT, default, 0);
        return DentryRecord.TryRead(read.Value(0), out var dentry)
            ? new DentryResult(Errno.None, dentry, read.Version(0))
            : new DentryResult(Errno.EIO, default, 0);
    }
}

/// <summary>A dentry and its version, or ENOENT, or why it could not be read.</summary>
internal readonly record struct DentryResult(Errno Error, DentryRecord Dentry, ulong Version);
