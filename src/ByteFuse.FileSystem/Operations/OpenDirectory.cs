using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// OPENDIR: nothing is remembered, a directory is read by its cookies; relatime applies. The kernel is not told to keep listings
/// (FOPEN_CACHE_DIR): one that it has made anew lacks what was removed meanwhile, and a reader whose last name that was then
/// finds its place no more and stops early (fuse_parse_cache in fs/fuse/readdir.c), where POSIX promises it the rest.
/// </summary>
internal static class OpenDirectory
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var result = await connection.Volume.ReadRecord(connection.Inode(request.Header.NodeId));
        if (result.Error != Errno.None) return result.Error;
        if (!result.Node.IsDirectory) return Errno.ENOTDIR;
        await AccessTime.Touch(connection, request.Reactor, result.Node);
        return request.Answer(new OpenOut { Handle = connection.NextHandle() });
    }
}
