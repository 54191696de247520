using ByteFuse.Metadata;

namespace ByteFuse.FileSystem;

/// <summary>Puts records into commits.</summary>
internal static class RecordWriter
{
    // The longest record, an orphan with the attributes of a directory, is well below.
    private const int BufferBytes = 256;

    public static void PutInode(this MetadataCommit commit, ulong inode, in InodeRecord record)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        commit.Put(Keys.Inode(inode), record.Write(buffer));
    }

    public static void PutDentry(this MetadataCommit commit, in MetadataKey key, ulong inode, uint mode)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        var dentry = new DentryRecord { Inode = inode, Type = FileMode.DentryType(mode) };
        commit.Put(key, dentry.Write(buffer));
    }

    /// <summary>The inode has lost its last name.</summary>
    public static void PutOrphan(this MetadataCommit commit, Volume volume, ulong inode, in InodeRecord directoryAttributes = default)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        var orphan = new OrphanRecord { Session = volume.Session, Attributes = directoryAttributes };
        commit.Put(Keys.Orphan(inode), orphan.Write(buffer));
    }
}
