using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>STATFS: the store's space and the volume's inodes.</summary>
internal static class Statfs
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var space = await connection.Volume.Data.GetSpace();
        if (space.Error != Errno.None) return space.Error;
        using var read = MetadataRead.Rent();
        read.Add(Keys.Usage);
        var error = await connection.Volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        var used = read.Found(0) ? System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(read.Value(0)) : 0;
        return request.Answer(new StatfsOut
        {
            Blocks = space.Space.Blocks,
            FreeBlocks = space.Space.FreeBlocks,
            AvailableBlocks = space.Space.AvailableBlocks,
            Inodes = used + space.Space.FreeFiles,
            FreeInodes = space.Space.FreeFiles,
            BlockSize = space.Space.BlockSize,
            FragmentSize = space.Space.BlockSize,
            NameLength = ProtocolLimits.NameLength,
        });
    }
}
