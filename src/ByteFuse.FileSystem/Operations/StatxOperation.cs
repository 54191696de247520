using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>STATX: GETATTR with the birth time.</summary>
internal static class StatxOperation
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var result = await connection.Volume.ReadNode(connection.Inode(request.Header.NodeId));
        return result.Error != Errno.None ? result.Error : request.Answer(Body(connection, result.Node));
    }

    private static StatxOut Body(Connection connection, in Node node) => new()
    {
        ValidSeconds = (ulong)connection.AttributesTimeout(node.Inode).TotalSeconds,
        ValidNanoseconds = Connection.Fraction(connection.AttributesTimeout(node.Inode)),
        Stat = new Statx
        {
            Mask = StatxMask.BasicStats | StatxMask.BirthTime,
            BlockSize = 4096,
            LinkCount = node.LinkCount,
            UserId = node.Record.UserId,
            GroupId = node.Record.GroupId,
            Mode = (ushort)node.Record.Mode,
            Inode = node.Inode,
            Size = node.Size,
            Blocks = node.Blocks,
            Access = Time(node.Record.AccessedNs),
            Birth = Time(node.Record.CreatedNs),
            Change = Time(node.ChangedNs),
            Modify = Time(node.ModifiedNs),
            DeviceMajor = DeviceNumber.Major(node.Record.DeviceNumber),
            DeviceMinor = DeviceNumber.Minor(node.Record.DeviceNumber),
        },
    };

    private static StatxTime Time(long time) => new() { Seconds = FileTime.Seconds(time), Nanoseconds = FileTime.Nanoseconds(time) };
}
