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
        var arguments = request.Read<FsyncIn>();
        var open = await connection.Volume.FindOpen(connection.Inode(request.Header.NodeId));
        // FIFOs and device nodes can be synced too: they have metadata alone.
        if (open.Error == Errno.EBADF) return await connection.Volume.SyncMetadata();
        return open.Error != Errno.None ? open.Error : await SyncFile(connection, open.File, arguments.Handle, (arguments.Flags & FsyncFlags.DataOnly) != 0);
    }

    /// <summary>Makes a file durable with everything that is needed to find it again.</summary>
    public static async ReactorTask<Errno> SyncFile(Connection connection, OpenInode file, ulong handle, bool dataOnly)
    {
        var stored = await connection.Volume.Data.Sync(file.DataId, dataOnly);
        var error = connection.SyncFailures.Report(file.Inode, handle, connection.LastHandle, stored);
        return error != Errno.None ? error : await connection.Volume.SyncMetadata();
    }
}
