using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>copy_file_range(2): reads, writes or shares extents before it returns.</summary>
internal readonly struct CopyRangeCall(int source, long sourceOffset, int target, long targetOffset, long length) : IBlockingCall<IoResult>
{
    public IoResult Execute() => FileCalls.CopyRange(source, sourceOffset, target, targetOffset, length);
}

/// <summary>lseek(2) for data or a hole: may read extents from the disk.</summary>
internal readonly struct SeekCall(int fd, long offset, int whence) : IBlockingCall<IoResult>
{
    public IoResult Execute() => FileCalls.Seek(fd, offset, whence);
}

/// <summary>syncfs(2).</summary>
internal readonly struct SyncFileSystemCall(int fd) : IBlockingCall<IoResult>
{
    public IoResult Execute() => FileCalls.SyncFileSystem(fd);
}

/// <summary>fstatfs(2): seldom asked for, and in the background too, where a disk that does not answer would hold a reactor.</summary>
internal readonly struct SpaceCall(int fd) : IBlockingCall<DataSpaceResult>
{
    public DataSpaceResult Execute()
    {
        var error = FileCalls.GetFileSystemStatus(fd, out var status);
        return error != Errno.None
            ? new DataSpaceResult(error, default)
            : new DataSpaceResult(Errno.None, new DataSpace((uint)status.FragmentSize, status.Blocks, status.FreeBlocks, status.AvailableBlocks, status.FreeFiles));
    }
}

/// <summary>futimens(2): starts a journal transaction, which may wait for the journal.</summary>
internal readonly struct SetModifiedCall(int fd, long modifiedNs) : IBlockingCall<IoResult>
{
    public IoResult Execute() => FileCalls.SetTimes(fd, FileTimes.Omit, modifiedNs);
}

/// <summary>close(2) of a file without a name: frees its blocks, seconds for a big one.</summary>
internal readonly struct CloseCall(int fd) : IBlockingCall<IoResult>
{
    public IoResult Execute() => FileCalls.Close(fd);
}

/// <summary>Makes the folders of a shard, where they are not there yet.</summary>
internal readonly struct MakeFolderCall(int root, int shard) : IBlockingCall<Errno>
{
    private const int FolderMode = 0x1C0; // 0700

    public Errno Execute()
    {
        Span<byte> path = stackalloc byte[FolderLayout.PathLength];
        FolderLayout.WriteParent(shard, path);
        var error = FileCalls.MakeDirectoryAt(root, path, FolderMode).Error;
        if (error is not (Errno.None or Errno.EEXIST)) return error;
        FolderLayout.WriteFolder(shard, path);
        error = FileCalls.MakeDirectoryAt(root, path, FolderMode).Error;
        return error == Errno.EEXIST ? Errno.None : error;
    }
}

/// <summary>Lists the folder of a group of data ids: which of them have a file, a bit for each.</summary>
internal readonly struct ListGroupCall(int root, ulong group) : IBlockingCall<GroupListing>
{
    // Some 200 entries for each system call; a folder of a volume with 100 million files has 1,500.
    private const int EntriesLength = 8192;

    public GroupListing Execute()
    {
        Span<byte> path = stackalloc byte[FolderLayout.PathLength];
        FolderLayout.WriteFolder(FolderLayout.ShardOfGroup(group), path);
        var folder = FileCalls.OpenAt(root, path, OpenFlags.ReadOnly | OpenFlags.Directory);
        if (folder.Error == Errno.ENOENT) return default;
        if (!folder.Succeeded) return new GroupListing(folder.Error, 0);
        var listing = Read(folder.Value);
        FileCalls.Close(folder.Value);
        return listing;
    }

    private GroupListing Read(int folder)
    {
        Span<byte> entries = stackalloc byte[EntriesLength];
        var present = 0UL;
        while (true)
        {
            var length = FileCalls.ReadDirectory(folder, entries);
            if (!length.Succeeded) return new GroupListing(length.Error, 0);
            if (length.Value == 0) return new GroupListing(Errno.None, present);
            var reader = new DirectoryEntryReader(entries[..length.Value]);
            while (reader.Read())
            {
                if (FolderLayout.TryParseName(reader.Name, out var dataId) && FolderLayout.Group(dataId) == group)
                    present |= FolderLayout.GroupBit(dataId);
            }
        }
    }
}

/// <summary>What <see cref="ListGroupCall"/> found.</summary>
internal readonly record struct GroupListing(Errno Error, ulong PresentBits);
