using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>FSYNCDIR: a directory is metadata alone.</summary>
internal static class FsyncDirectory
{
    public static async ReactorTask<Reply> Run(Connection connection) => await connection.Volume.SyncMetadata();
}
