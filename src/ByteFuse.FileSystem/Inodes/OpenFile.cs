using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>The open file of a request, from memory or, after a restart, made anew from its inode record (rule 5).</summary>
internal static class OpenFile
{
    /// <summary>Finds the open file; EBADF where the inode is no regular file.</summary>
    public static ReactorTask<OpenFileResult> FindOpen(this Volume volume, ulong inode) =>
        volume.OpenInodes.TryGet(inode, out var open) && open.IsKnown
            ? new ReactorTask<OpenFileResult>(new OpenFileResult(Errno.None, open))
            : Load(volume, inode);

    private static async ReactorTask<OpenFileResult> Load(Volume volume, ulong inode)
    {
        var result = await volume.ReadNode(inode);
        if (result.Error != Errno.None) return new OpenFileResult(result.Error, null!);
        if (!result.Node.IsFile) return new OpenFileResult(Errno.EBADF, null!);
        if (volume.IsTakenOver) return new OpenFileResult(Errno.None, volume.OpenInodes.Inherit(result.Node));
        var open = new OpenInode { Inode = inode, DataId = result.Node.Record.DataId };
        open.Refresh(result.Node);
        return new OpenFileResult(Errno.None, open);
    }
}

/// <summary>An open file, or why there is none.</summary>
internal readonly record struct OpenFileResult(Errno Error, OpenInode File);
