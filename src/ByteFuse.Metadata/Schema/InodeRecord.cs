using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata;

/// <summary>Properties of an inode that are cheaper to know from its record than to look for.</summary>
[Flags]
public enum InodeFlags : uint
{
    None = 0,

    /// <summary>The inode has, or had, extended attributes: without this bit no xattr key exists.</summary>
    HasXattrs = 1,

    /// <summary>The inode has a security.capability attribute, which a write or chown removes.</summary>
    HasCapability = 2,

    /// <summary>The directory has a default ACL, which its new children inherit.</summary>
    HasDefaultAcl = 4,

    /// <summary>The inode has an access ACL, which is kept in step with its mode.</summary>
    HasAccessAcl = 8,

    /// <summary>The directory's mtime was set past the present: the next change sets it back to now, which a maximum cannot.</summary>
    FutureTimes = 16,
}

/// <summary>
/// The attributes of an inode. Times are numbers of
/// <see cref="ByteFuse.Linux.FileTime"/> (nanoseconds, 1901 to 2446). A directory's entry count,
/// subdirectory count, mtime and ctime are in its <see cref="DirectoryCounters"/> instead. Where the data store keeps
/// file attributes itself (local files), size, blocks and mtime of a file that has bytes come from there.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct InodeRecord
{
    /// <summary>File type and permission bits, as st_mode.</summary>
    public uint Mode;

    /// <summary>Owner.</summary>
    public uint UserId;

    /// <summary>Group.</summary>
    public uint GroupId;

    /// <summary>Names of a non-directory; 0 for an orphan. A directory's link count is 2 + its subdirectories.</summary>
    public uint LinkCount;

    /// <summary>Device number of a device node, in the kernel's new encoding (as in fuse_attr.rdev).</summary>
    public uint DeviceNumber;

    /// <summary>See <see cref="InodeFlags"/>.</summary>
    public InodeFlags Flags;

    /// <summary>Bytes, for stores that do not keep it themselves; the target's length for a symbolic link.</summary>
    public ulong Size;

    public long AccessedNs;
    public long ModifiedNs;
    public long ChangedNs;
    public long CreatedNs;

    /// <summary>The directory that holds this directory; 0 for other types.</summary>
    public ulong Parent;

    /// <summary>The inode whose quota counts this one; 0 where there is none.</summary>
    public ulong QuotaRoot;

    /// <summary>The name of the bytes in the data store, not the inode number, so that clones and snapshots stay possible; 0 for non-files.</summary>
    public ulong DataId;

    /// <summary>Changes when the contents do, for stores that do not keep attributes themselves.</summary>
    public ulong DataVersion;

    /// <summary>Encoded length in bytes.</summary>
    public static int EncodedLength => RecordCodec.Length<InodeRecord>();

    /// <summary>Encodes into <paramref name="destination"/> (at least <see cref="EncodedLength"/> bytes).</summary>
    public readonly ReadOnlySpan<byte> Write(Span<byte> destination) => RecordCodec.Write(this, destination);

    /// <summary>Decodes; false where the value is no inode record, which is corruption (EIO).</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out InodeRecord record) =>
        RecordCodec.TryRead(value, Unsafe.SizeOf<InodeRecord>(), out record);
}
