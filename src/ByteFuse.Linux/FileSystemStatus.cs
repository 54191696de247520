namespace ByteFuse.Linux;

/// <summary>What statvfs(3) says of a file system; block counts are in units of <see cref="FragmentSize"/> bytes.</summary>
public readonly record struct FileSystemStatus
{
    internal FileSystemStatus(in StatvfsLayout raw)
    {
        BlockSize = raw.BlockSize;
        FragmentSize = raw.FragmentSize;
        Blocks = raw.Blocks;
        FreeBlocks = raw.FreeBlocks;
        AvailableBlocks = raw.AvailableBlocks;
        Files = raw.Files;
        FreeFiles = raw.FreeFiles;
        MaximumNameLength = raw.MaximumNameLength;
    }

    public ulong BlockSize { get; }

    public ulong FragmentSize { get; }

    public ulong Blocks { get; }

    public ulong FreeBlocks { get; }

    /// <summary>Free blocks that an unprivileged user may take.</summary>
    public ulong AvailableBlocks { get; }

    public ulong Files { get; }

    public ulong FreeFiles { get; }

    public ulong MaximumNameLength { get; }
}
