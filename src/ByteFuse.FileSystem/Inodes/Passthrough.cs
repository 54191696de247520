using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using OpenFlags = ByteFuse.Protocol.OpenFlags;

namespace ByteFuse.FileSystem;

/// <summary>
/// FUSE passthrough: whether the kernel reads and writes an open file by itself. That is settled by the first open of an inode
/// and holds until the last one is released. A file that has bytes is always opened so: a mapping outlives close(2), and is one
/// of the backing file's pages, which a later open with pages of its own would not see.
/// </summary>
internal static class Passthrough
{
    private const uint AccessModeMask = 3;
    private const uint WriteOnly = 1;
    private const uint ReadWrite = 2;
    private const uint Append = 0x400;

    // O_DSYNC; O_SYNC has this bit too.
    private const uint SynchronousData = 0x1000;

    /// <summary>Counts an open, and gives the backing file to the kernel where it is the first one.</summary>
    public static async ReactorTask<OpenFileResult> CountOpen(Connection connection, Request request, Node node, uint flags)
    {
        var files = connection.Volume.OpenInodes;
        if (connection.IsCounted(request) && files.TryGet(node.Inode, out var counted))
        {
            counted.Refresh(node);
            return new OpenFileResult(Errno.None, counted);
        }
        if (connection.BackingFiles is not { } kernel || !node.IsFile) return new OpenFileResult(Errno.None, files.Open(node));
        if (files.OpenAgain(node) is { } again) return new OpenFileResult(Errno.None, again);
        // Without bytes there is nothing to read: only who writes is worth a backing file.
        var given = await connection.Volume.Data.GiveTo(kernel, node.Record.DataId, create: (flags & AccessModeMask) != 0);
        // A file that has bytes may be mapped, one that has none may not: it can do without.
        if (!given.Succeeded && node.Data.Exists) return new OpenFileResult(given.Error, null!);
        return new OpenFileResult(Errno.None, Count(connection, node, kernel, given, createdIn: 0));
    }

    /// <summary>As <see cref="CountOpen"/>, for a file that has just been created in a directory.</summary>
    public static async ReactorTask<OpenInode> CountCreate(Connection connection, Node node, ulong directory)
    {
        var volume = connection.Volume;
        if (connection.BackingFiles is not { } kernel || !node.IsFile) return volume.OpenInodes.Open(node);
        var given = volume.Creations.ExpectsWrite(directory)
            ? await volume.Data.GiveTo(kernel, node.Record.DataId, create: true)
            : IoResult.FromError(Errno.ENOENT);
        return Count(connection, node, kernel, given, directory);
    }

    private static OpenInode Count(Connection connection, in Node node, IBackingFiles kernel, IoResult given, ulong createdIn)
    {
        var open = connection.Volume.OpenInodes.Open(node, given.Succeeded ? given.Value : 0, createdIn);
        // Another open came first, on another reactor: the file is what that one made it.
        if (given.Succeeded && open.BackingId != given.Value) kernel.Close(given.Value);
        return open;
    }

    /// <summary>
    /// True where an open is the first by which the file can be mapped for writing: the kernel may then have attributes that it
    /// must not keep.
    /// </summary>
    public static bool BecomesMappable(Volume volume, OpenInode open, uint flags)
    {
        if (open.BackingId == 0 || (flags & AccessModeMask) != ReadWrite || !open.BecomesMappable()) return false;
        volume.Mappable.Add(open.Inode);
        return true;
    }

    /// <summary>The last open has been released.</summary>
    public static ReactorTask<Errno> End(Connection connection, OpenInode closed)
    {
        if (connection.BackingFiles is not { } kernel) return new ReactorTask<Errno>(Errno.None);
        if (closed.BackingId != 0) kernel.Close(closed.BackingId);
        return closed.CreatedIn == 0 ? new ReactorTask<Errno>(Errno.None) : Learn(connection.Volume, closed);
    }

    private static async ReactorTask<Errno> Learn(Volume volume, OpenInode created)
    {
        // What the kernel wrote, only the file tells.
        var written = created.IsChanged || (created.BackingId != 0 && (await volume.Data.GetAttributes(created.DataId)).Attributes.Exists);
        volume.Creations.Learn(created.CreatedIn, written);
        return Errno.None;
    }

    /// <summary>
    /// What an open answers. Without a backing file pages of earlier opens stay: the one kernel that has the volume sees every
    /// change. With one the kernel refuses that flag: it has no pages of its own then. Where DIRECT_IO comes with it, reads and
    /// writes of this open come to the daemon all the same, and a mapping is of the backing file (fs/fuse/file.c).
    /// </summary>
    public static async ReactorTask<OpenOut> Answer(Connection connection, Request request, OpenInode open, uint flags, ulong handle)
    {
        connection.Opened(request, open, handle);
        CrashPoint.Pass(CrashPoint.AfterOpen);
        var answer = Plain(connection, handle, flags);
        if (open.BackingId == 0) return answer;
        answer.BackingId = open.BackingId;
        answer.Flags = connection.OpenFlags | OpenFlags.Passthrough;
        if (MayLoseFlags(flags) || await MustSeeWrites(connection, open, flags, handle)) answer.Flags |= OpenFlags.DirectIo;
        return answer;
    }

    /// <summary>
    /// What an open without a backing file answers. One with O_DIRECT has no use for pages: without them its writes take the
    /// inode's lock shared, so that several are under way at once (fuse_dio_wr_exclusive_lock in fs/fuse/file.c). A mapping has
    /// them all the same, where the kernel has DIRECT_IO_ALLOW_MMAP.
    /// </summary>
    public static OpenOut Plain(Connection connection, ulong handle, uint flags)
    {
        var direct = (flags & (uint)ByteFuse.Linux.OpenFlags.Direct) != 0 && connection.AllowsMappedDirectIo;
        return new OpenOut
        {
            Handle = handle,
            Flags = connection.OpenFlags | OpenFlags.KeepCache | (direct ? OpenFlags.DirectIo | OpenFlags.ParallelDirectWrites : 0),
        };
    }

    /// <summary>
    /// True for what fcntl(2) may take away again, which the kernel does not tell its own open of the backing file: a write would
    /// still go to the end. As to O_DIRECT, this is what dd does before its last block, which need not be aligned; for who reads
    /// too, as databases do, real direct I/O is worth more.
    /// </summary>
    private static bool MayLoseFlags(uint flags)
    {
        if ((flags & Append) != 0) return (flags & AccessModeMask) != 0;
        return (flags & AccessModeMask) == WriteOnly && (flags & (uint)ByteFuse.Linux.OpenFlags.Direct) != 0;
    }

    private static async ReactorTask<bool> MustSeeWrites(Connection connection, OpenInode open, uint flags, ulong handle)
    {
        if ((flags & AccessModeMask) == 0) return false;
        // Synchronous writes make the backing file durable in the kernel; what leads to it has to be so before the first one. Where
        // that fails, each write is to say so.
        if (((flags & SynchronousData) != 0 || connection.Options.Synchronous)
            && await Fsync.SyncFile(connection, open, handle, dataOnly: false) != Errno.None)
        {
            return true;
        }
        // A write that meets ENOSPC waits for deleted files, which in the kernel it cannot.
        return await connection.Volume.AwaitsSpace();
    }
}
