using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>LSEEK: SEEK_DATA and SEEK_HOLE; the kernel does the others itself.</summary>
internal static class Seek
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<SeekIn>();
        if (arguments.Offset > long.MaxValue) return Errno.ENXIO;
        if (arguments.Whence is not (SeekWhence.Data or SeekWhence.Hole)) return Errno.EINVAL;
        var open = await connection.Volume.FindOpen(connection.Inode(request.Header.NodeId));
        if (open.Error != Errno.None) return open.Error;
        var result = await connection.Volume.Data.Seek(open.File.DataId, (long)arguments.Offset, (int)arguments.Whence);
        return result.Succeeded ? request.Answer(new SeekOut { Offset = (ulong)result.LongValue }) : result.Error;
    }
}
