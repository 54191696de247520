using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>COPY_FILE_RANGE: inside the store, as a reflink where it can.</summary>
internal static class CopyFileRange
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<CopyFileRangeIn>();
        var volume = connection.Volume;
        if (arguments.SourceOffset > long.MaxValue || arguments.TargetOffset > long.MaxValue || arguments.Flags != 0) return Errno.EINVAL;
        // Before privileges go: what is refused changes nothing (generic_copy_file_checks in fs/read_write.c).
        if ((long)arguments.TargetOffset >= volume.Data.MaximumFileSize) return Errno.EFBIG;
        var source = await volume.FindOpen(connection.Inode(request.Header.NodeId));
        if (source.Error != Errno.None) return source.Error;
        var target = await volume.FindOpen(connection.Inode(arguments.TargetNodeId));
        if (target.Error != Errno.None) return target.Error;
        var error = await Write.BeforeWrite(volume, target.File, request.Header.UserId != 0, request);
        if (error != Errno.None) return error;
        var wide = request.Header.Opcode == Opcode.CopyFileRange64;
        // The older request answers with 32 bits.
        var length = (long)Math.Min(arguments.Length, wide ? long.MaxValue : uint.MaxValue & ~0xFFFUL);
        var result = await volume.Data.CopyRange(
            source.File.DataId, (long)arguments.SourceOffset, target.File.DataId, (long)arguments.TargetOffset, length);
        if (result.Error == Errno.ENOSPC && await volume.Garbage.Collect())
        {
            result = await volume.Data.CopyRange(
                source.File.DataId, (long)arguments.SourceOffset, target.File.DataId, (long)arguments.TargetOffset, length);
        }
        if (!result.Succeeded) return result.Error;
        return wide
            ? request.Answer(new CopyFileRangeOut { BytesCopied = (ulong)result.LongValue })
            : request.Answer(new WriteOut { Size = (uint)result.LongValue });
    }
}
