using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>FALLOCATE: allocate, punch, zero. The kernel passes KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE on (hazard 7).</summary>
internal static class Fallocate
{
    private const FallocateMode Destroying = FallocateMode.PunchHole | FallocateMode.ZeroRange;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<FallocateIn>();
        var volume = connection.Volume;
        if (arguments.Offset > long.MaxValue || arguments.Length is 0 or > long.MaxValue) return Errno.EINVAL;
        // Before privileges go: what is refused changes nothing (vfs_fallocate in fs/open.c).
        if (arguments.Offset + arguments.Length > (ulong)volume.Data.MaximumFileSize) return Errno.EFBIG;
        var open = await volume.FindOpen(connection.Inode(request.Header.NodeId));
        if (open.Error != Errno.None) return open.Error;
        // The kernel sends no KILL flag with FALLOCATE; who is not root lacks CAP_FSETID.
        var error = await Write.BeforeWrite(volume, open.File, request.Header.UserId != 0, request);
        if (error == Errno.None && (arguments.Mode & Destroying) != 0) error = await volume.SyncMetadata();
        if (error != Errno.None) return error;
        var (offset, length) = ((long)arguments.Offset, (long)arguments.Length);
        error = await volume.Data.Allocate(open.File.DataId, (int)arguments.Mode, offset, length);
        if (error == Errno.ENOSPC && await volume.Garbage.Collect())
            error = await volume.Data.Allocate(open.File.DataId, (int)arguments.Mode, offset, length);
        return error == Errno.ENOENT ? await TouchEmptyFile(volume, open.File.Inode, request) : error;
    }

    /// <summary>A hole in a file without bytes changes nothing but its times, which the record then keeps.</summary>
    private static ReactorTask<Errno> TouchEmptyFile(Volume volume, ulong inode, Request request)
    {
        var wanted = new SetAttributesIn { Valid = SetAttributesValid.ModifyTime | SetAttributesValid.ModifyTimeNow };
        return new AttributeChange(volume, wanted, request).Apply(inode);
    }
}
