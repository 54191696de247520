using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>The attributes of a file that two file systems must agree on, in a comparable form.</summary>
public static class Attributes
{
    // A test's run never lasts a day, and file times come from a clock that lags the precise one by a tick.
    private const long ClockLagSeconds = 2;
    private const long LongestRunSeconds = 86_400;

    private const int GroupExecute = 0x8;

    public static NodeType TypeOf(in FileStatus status) => (NodeType)status.Type;

    /// <summary>
    /// Names and values. Left out, because file systems may differ: inode and device numbers, blocks, the size and link count of a
    /// directory, change and birth time (always now), access time (relatime depends on which reads reach the file system).
    /// </summary>
    public static List<(string Name, string Value)> Of(in FileStatus status, long startSeconds)
    {
        var type = TypeOf(status);
        var list = new List<(string, string)>
        {
            ("type", type.ToString()),
            ("mode", "0" + Convert.ToString(ComparableMode(status), 8)),
            ("uid", status.Uid.ToString()),
            ("gid", status.Gid.ToString()),
        };
        // What is written to a FIFO never reaches a FUSE file system, and the kernel leaves the times of its inodes alone
        // (S_NOCMTIME, fs/fuse/inode.c).
        if (type != NodeType.Fifo)
            list.Add(("mtime", DescribeTime(status.ModifyTime, startSeconds)));
        if (type != NodeType.Directory)
            list.Add(("nlink", status.LinkCount.ToString()));
        if (type is NodeType.Regular or NodeType.SymbolicLink)
            list.Add(("size", status.Size.ToString()));
        if (type is NodeType.CharacterDevice or NodeType.BlockDevice)
            list.Add(("device", $"{status.RdevMajor}:{status.RdevMinor}"));
        return list;
    }

    public static string Describe(in FileStatus status, long startSeconds) =>
        string.Join(' ', Of(status, startSeconds).Select(pair => $"{pair.Name}={pair.Value}"));

    /// <summary>
    /// Without a set-group-id bit where a file's group may not execute: a write by a member of the group leaves it, and of a
    /// caller's supplementary groups FUSE says nothing (docs/limits.md).
    /// </summary>
    private static int ComparableMode(in FileStatus status) =>
        TypeOf(status) != NodeType.Directory && (status.Mode & GroupExecute) == 0 ? status.Mode & ~Abi.S_ISGID : status.Mode;

    /// <summary>A time that was set explicitly as it is; one that the file system took from the clock as "now".</summary>
    public static string DescribeTime(Timestamp time, long startSeconds) =>
        time.Seconds >= startSeconds - ClockLagSeconds && time.Seconds <= startSeconds + LongestRunSeconds ? "now" : time.ToString();
}
