using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>Everything known of an inode at one moment: its record, a directory's counters, what the data store keeps.</summary>
internal struct Node
{
    /// <summary>st_size of a directory, as ext4's smallest.</summary>
    private const ulong DirectorySize = 4096;

    public ulong Inode;

    /// <summary>Version of the inode record, for a precondition; 0 for a removed directory, which has none.</summary>
    public ulong Version;

    /// <summary>Version of a directory's counters; 0 for other types.</summary>
    public ulong CountersVersion;

    public InodeRecord Record;
    public DirectoryCounters Counters;
    public DataAttributes Data;

    public readonly bool IsDirectory => FileMode.IsDirectory(Record.Mode);

    public readonly bool IsFile => FileMode.IsRegular(Record.Mode);

    /// <summary>True for a directory that was removed while somebody holds it.</summary>
    public readonly bool IsRemovedDirectory => IsDirectory && Version == 0;

    public readonly long ModifiedNs => IsDirectory ? Counters.ModifiedNs : Data.Exists ? Data.ModifiedNs : Record.ModifiedNs;

    // A write changes the ctime of the backing file alone, a chmod that of the record alone: the later one counts.
    public readonly long ChangedNs =>
        IsDirectory ? Counters.ChangedNs : Data.Exists ? Math.Max(Data.ChangedNs, Record.ChangedNs) : Record.ChangedNs;

    public readonly ulong Size => IsDirectory ? DirectorySize : Data.Exists ? (ulong)Data.Size : Record.Size;

    public readonly ulong Blocks => IsDirectory ? DirectorySize / 512 : Data.Exists ? (ulong)Data.Blocks : 0;

    public readonly uint LinkCount =>
        !IsDirectory ? Record.LinkCount : IsRemovedDirectory ? 0 : (uint)(2 + Math.Max(0, Counters.Subdirectories));

    /// <summary>The attributes as the kernel takes them.</summary>
    public readonly Attributes ToAttributes() => new()
    {
        Inode = Inode,
        Size = Size,
        Blocks = Blocks,
        AccessSeconds = FileTime.Seconds(Record.AccessedNs),
        AccessNanoseconds = FileTime.Nanoseconds(Record.AccessedNs),
        ModifySeconds = FileTime.Seconds(ModifiedNs),
        ModifyNanoseconds = FileTime.Nanoseconds(ModifiedNs),
        ChangeSeconds = FileTime.Seconds(ChangedNs),
        ChangeNanoseconds = FileTime.Nanoseconds(ChangedNs),
        Mode = Record.Mode,
        LinkCount = LinkCount,
        UserId = Record.UserId,
        GroupId = Record.GroupId,
        Device = Record.DeviceNumber,
        BlockSize = 4096,
    };
}

/// <summary>A node, or why it could not be read.</summary>
internal readonly record struct NodeResult(Errno Error, Node Node);
