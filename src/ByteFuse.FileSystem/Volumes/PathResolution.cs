using System.Text;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Finds inodes by path, for people and for mounts of a subdirectory.</summary>
public static class PathResolution
{
    /// <summary>
    /// What lies at a path from the root of the volume; leading, trailing and repeated slashes count for nothing, "." and ".."
    /// are plain names, symbolic links are not followed. ENOENT, ENOTDIR, ENAMETOOLONG as open(2).
    /// </summary>
    public static async ReactorTask<ResolvedPath> Resolve(this Volume volume, string path)
    {
        var inode = VolumeRecord.RootInode;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var encoded = Encoding.UTF8.GetBytes(name);
            if (encoded.Length > ProtocolLimits.NameLength) return new ResolvedPath(Errno.ENAMETOOLONG, 0, default);
            var parent = await volume.ReadRecord(inode);
            if (parent.Error != Errno.None) return new ResolvedPath(parent.Error, 0, default);
            if (!parent.Node.IsDirectory) return new ResolvedPath(Errno.ENOTDIR, 0, default);
            var dentry = await volume.ReadDentry(Keys.Dentry(inode, volume.Cookies.Of(encoded), encoded));
            if (dentry.Error != Errno.None) return new ResolvedPath(dentry.Error, 0, default);
            inode = dentry.Dentry.Inode;
        }
        var node = await volume.ReadNode(inode);
        return new ResolvedPath(node.Error, inode, node.Node.Record) { LinkCount = node.Node.LinkCount };
    }
}

/// <summary>An inode and its record, or why there is none.</summary>
/// <param name="Error">None where it was found.</param>
/// <param name="Inode">The inode number.</param>
/// <param name="Record">Its record.</param>
public readonly record struct ResolvedPath(Errno Error, ulong Inode, InodeRecord Record)
{
    /// <summary>As in st_nlink: the record of a directory does not count its subdirectories.</summary>
    public uint LinkCount { get; init; }
}
