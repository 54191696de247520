using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>FSYNC: the data, then the metadata that names it.</summary>
internal static class Fsync
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var dataOnly = (request.Read<FsyncIn>().Flags & FsyncFlags.DataOnly) != 0;
        var open = await connection.Volume.FindOpen(connection.Inode(request.Header.NodeId));
        // FIFOs and device nodes can be synced too: they have metadata alone.
        if (open.Error == Errno.EBADF) return await connection.Volume.SyncMetadata();
        return open.Error != Errno.None ? open.Error : await SyncFile(connection.Volume, open.File.DataId, dataOnly);
    }

    /// <summary>Makes a file durable with everything that is needed to find it again.</summary>
    public static async ReactorTask<Errno> SyncFile(Volume volume, ulong dataId, bool dataOnly)
    {
        var error = await volume.Data.Sync(dataId, dataOnly);
        return error != Errno.None ? error : await volume.SyncMetadata();
    }
}
