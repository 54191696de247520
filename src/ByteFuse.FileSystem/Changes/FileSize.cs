using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Sets a file's size.</summary>
internal static class FileSize
{
    /// <summary>
    /// Truncates or extends. ENOENT where the file has no bytes and gets none: the caller then keeps the mtime.
    /// A shrinking file loses bytes, so what was committed before becomes durable first (hazard 1).
    /// </summary>
    public static async ReactorTask<Errno> Set(Volume volume, Node node, ulong size)
    {
        if (!node.IsFile) return FileMode.IsDirectory(node.Record.Mode) ? Errno.EISDIR : Errno.EINVAL;
        if (size > long.MaxValue) return Errno.EFBIG;
        if (size < node.Size)
        {
            var error = await volume.SyncMetadata();
            if (error != Errno.None) return error;
        }
        return await volume.Data.Truncate(node.Record.DataId, (long)size);
    }
}
