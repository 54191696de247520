namespace ByteFuse.Metadata.Dump;

/// <summary>What a line of a dump is about: its member "kind".</summary>
internal static class DumpKind
{
    public const string Inode = "inode";
    public const string Directory = "directory";
    public const string Dentry = "dentry";
    public const string Xattr = "xattr";
    public const string Symlink = "symlink";
    public const string Orphan = "orphan";
    public const string Garbage = "garbage";
    public const string Allocator = "allocator";
    public const string Usage = "usage";
    public const string Topology = "topology";

    /// <summary>Any row, as it is.</summary>
    public const string Row = "row";

    /// <summary>The last line.</summary>
    public const string End = "end";

    /// <summary>The kind of a key; <see cref="Row"/> for one of a table, or a shape, that this version does not know.</summary>
    public static string Of(ReadOnlySpan<byte> key) => key.Length switch
    {
        1 when key.SequenceEqual(Keys.InodeAllocator.Span) => Allocator,
        1 when key.SequenceEqual(Keys.Usage.Span) => Usage,
        1 when key.SequenceEqual(Keys.Topology.Span) => Topology,
        9 when key.StartsWith(Keys.AllInodes.Span) => Inode,
        9 when key.StartsWith(Keys.AllDirectoryCounters.Span) => Directory,
        9 when key.StartsWith(Keys.AllSymlinks.Span) => Symlink,
        9 when key.StartsWith(Keys.AllOrphans.Span) => Orphan,
        9 when key.StartsWith(Keys.AllGarbage.Span) => Garbage,
        > 9 when key.StartsWith(Keys.AllXattrs.Span) => Xattr,
        > 17 when key.StartsWith(Keys.AllDentries.Span) => Dentry,
        _ => Row,
    };
}
