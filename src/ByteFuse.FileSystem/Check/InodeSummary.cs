using ByteFuse.Metadata;

namespace ByteFuse.FileSystem;

/// <summary>What the check remembers of an inode between its passes: about 64 bytes, so 10^7 inodes take under 1 GiB.</summary>
internal sealed class InodeSummary
{
    public required uint Mode { get; init; }

    public required uint LinkCount { get; init; }

    public required ulong RecordedParent { get; init; }

    public required InodeFlags Flags { get; init; }

    /// <summary>Names found.</summary>
    public uint Names { get; set; }

    /// <summary>The directory in which the last name was found.</summary>
    public ulong FoundParent { get; set; }

    /// <summary>For a directory: names found in it.</summary>
    public long Entries { get; set; }

    /// <summary>For a directory: names of directories found in it.</summary>
    public long Subdirectories { get; set; }

    /// <summary>True where an orphan key names it.</summary>
    public bool IsOrphan { get; set; }

    public bool IsDirectory => FileMode.IsDirectory(Mode);
}
