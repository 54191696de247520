using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SYNCFS.</summary>
internal static class SyncFs
{
    public static async ReactorTask<Reply> Run(Connection connection) => await connection.Volume.Sync();
}
