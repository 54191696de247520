using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// What a new inode inherits. Without a default ACL in the directory the umask applies (DONT_MASK leaves that to the
/// daemon); with one, it replaces the umask and becomes the child's access ACL, and a child directory's default ACL.
/// </summary>
internal readonly record struct InheritedAcl(Errno Error, uint Mode, InodeFlags Flags, byte[]? Access, byte[]? Default)
{
    public static async ReactorTask<InheritedAcl> Read(Volume volume, Node directory, uint mode, uint umask)
    {
        var inherits = (directory.Record.Flags & InodeFlags.HasDefaultAcl) != 0 && !FileMode.IsSymbolicLink(mode);
        if (!inherits) return Plain(FileMode.IsSymbolicLink(mode) ? mode : mode & ~(umask & 0x1FF));
        using var read = MetadataRead.Rent();
        read.Add(Keys.Xattr(directory.Inode, AccessControlList.DefaultName));
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return new InheritedAcl(error, 0, default, null, null);
        return read.Found(0) ? From(read.Value(0), mode) : Plain(mode & ~(umask & 0x1FF));
    }

    /// <summary>Puts the inherited lists into the commit that makes the inode.</summary>
    public void AppendTo(MetadataCommit commit, ulong inode, bool isDirectory)
    {
        if (Access is not null) commit.Put(Keys.Xattr(inode, AccessControlList.AccessName), Access);
        if (Default is not null && isDirectory) commit.Put(Keys.Xattr(inode, AccessControlList.DefaultName), Default);
    }

    private static InheritedAcl Plain(uint mode) => new(Errno.None, mode, default, null, null);

    // Arrays are allocated here: a directory with a default ACL is the rare case, and creating is no read or write.
    private static InheritedAcl From(ReadOnlySpan<byte> list, uint mode)
    {
        var access = list.ToArray();
        var needed = AccessControlList.Inherit(access, ref mode);
        var flags = needed ? InodeFlags.HasXattrs | InodeFlags.HasAccessAcl : InodeFlags.None;
        var isDirectory = FileMode.IsDirectory(mode);
        if (isDirectory) flags |= InodeFlags.HasXattrs | InodeFlags.HasDefaultAcl;
        return new InheritedAcl(Errno.None, mode, flags, needed ? access : null, isDirectory ? list.ToArray() : null);
    }
}
