using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// Keeps the bytes of each data id in one sparse file of a local file system, which also keeps size, blocks, mtime and ctime.
/// Where the files lie is said in the format: <c>DIRECTORY/xx/yy/0123456789abcdef</c>. One store at a time uses a directory.
/// </summary>
public sealed partial class LocalFileStore : IDataStore
{
    private readonly int root;
    private readonly BlockingCalls? blocking;
    private readonly OpenFiles files;
    private readonly FileTransfers transfers;
    private bool disposed;

    private LocalFileStore(string directory, int root, int descriptorBound, BlockingCalls? blocking)
    {
        this.blocking = blocking;
        Directory = directory;
        this.root = root;
        DescriptorBound = descriptorBound;
        var immediate = new ImmediateCalls(FileCalls.IsInMemory(root), DirtyPages.Now);
        files = new OpenFiles(root, descriptorBound, immediate, blocking);
        transfers = new FileTransfers(immediate);
        MaximumFileSize = FileSizeLimit.Probe(directory);
    }

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>How many files are kept open at most.</summary>
    public int DescriptorBound { get; }

    /// <inheritdoc/>
    public long MaximumFileSize { get; }

    /// <inheritdoc/>
    public bool KeepsAttributes => true;

    /// <summary>Counters since the store was opened.</summary>
    public LocalFileStoreStatistics Statistics => files.Statistics;

    private BlockingCalls Blocking => blocking ?? CoreReactor.Current.BlockingCalls;

    /// <inheritdoc/>
    public async ReactorTask<IoResult> Read(ulong dataId, long offset, NativeSlice into)
    {
        // To the ring, -1 would be the descriptor's own position.
        if (offset < 0) return IoResult.FromError(Errno.EINVAL);
        var file = await files.Open(dataId, create: false);
        if (file.Error == Errno.ENOENT) return IoResult.FromValue(0);
        if (file.Descriptor is not { } descriptor) return IoResult.FromError(file.Error);
        var result = await transfers.Read(descriptor.Fd, offset, into);
        files.Return(descriptor);
        return result;
    }

    /// <inheritdoc/>
    public async ReactorTask<IoResult> Write(ulong dataId, long offset, NativeSlice from)
    {
        if (offset < 0) return IoResult.FromError(Errno.EINVAL);
        if (offset >= MaximumFileSize) return IoResult.FromError(Errno.EFBIG);
        if (from.Length == 0) return IoResult.FromValue(0);
        var file = await files.Open(dataId, create: true);
        if (file.Descriptor is not { } descriptor) return IoResult.FromError(file.Error);
        var result = await transfers.Write(descriptor.Fd, offset, from);
        files.Return(descriptor);
        return result;
    }

    /// <inheritdoc/>
    public async ReactorTask<Errno> Truncate(ulong dataId, long size)
    {
        if (size < 0) return Errno.EINVAL;
        // Refused before a file is made for it.
        if (size > MaximumFileSize) return Errno.EFBIG;
        // What has no bytes stays without: ENOENT tells that the times are the caller's to set.
        var file = await files.Open(dataId, create: size > 0);
        if (file.Descriptor is not { } descriptor) return file.Error;
        var error = size == 0 && IsUntouched(descriptor.Fd) ? Errno.ENOENT : (await CoreReactor.Current.Truncate(descriptor.Fd, size)).Error;
        files.Return(descriptor);
        return error;
    }

    /// <inheritdoc/>
    public async ReactorTask<Errno> Allocate(ulong dataId, int mode, long offset, long length)
    {
        const int punch = AllocationModes.PunchHole | AllocationModes.KeepSize;
        const int zeroKeepSize = AllocationModes.ZeroRange | AllocationModes.KeepSize;
        if (mode is not (0 or AllocationModes.KeepSize or AllocationModes.ZeroRange or punch or zeroKeepSize)) return Errno.EOPNOTSUPP;
        if (offset < 0 || length <= 0) return Errno.EINVAL;
        if (offset > MaximumFileSize - length) return Errno.EFBIG;
        // A hole in nothing: ENOENT tells that the times are the caller's to set.
        var file = await files.Open(dataId, create: mode != punch);
        if (file.Descriptor is not { } descriptor) return file.Error;
        var error = mode == punch && IsUntouched(descriptor.Fd)
            ? Errno.ENOENT
            : (await CoreReactor.Current.Allocate(descriptor.Fd, mode, offset, length)).Error;
        files.Return(descriptor);
        return error;
    }

    /// <inheritdoc/>
    public async ReactorTask<IoResult> CopyRange(ulong source, long sourceOffset, ulong target, long targetOffset, long length)
    {
        if (sourceOffset < 0 || targetOffset < 0 || length < 0) return IoResult.FromError(Errno.EINVAL);
        if (sourceOffset > long.MaxValue - length) return IoResult.FromError(Errno.EOVERFLOW);
        if (targetOffset > long.MaxValue - length) return IoResult.FromError(Errno.EFBIG);
        if (length == 0) return IoResult.FromValue(0);
        var from = await files.Open(source, create: false);
        if (from.Error == Errno.ENOENT) return IoResult.FromValue(0);
        if (from.Descriptor is not { } fromDescriptor) return IoResult.FromError(from.Error);
        var into = await files.Open(target, create: true);
        if (into.Descriptor is not { } intoDescriptor)
        {
            files.Return(fromDescriptor);
            return IoResult.FromError(into.Error);
        }
        var result = await FileTransfers.Copy(Blocking, fromDescriptor.Fd, sourceOffset, intoDescriptor.Fd, targetOffset, length);
        files.Return(fromDescriptor);
        files.Return(intoDescriptor);
        return result;
    }

    /// <inheritdoc/>
    public async ReactorTask<IoResult> Seek(ulong dataId, long offset, int whence)
    {
        if (whence is not (SeekOrigins.Data or SeekOrigins.Hole)) return IoResult.FromError(Errno.EINVAL);
        var file = await files.Open(dataId, create: false);
        // Past the end of an empty file, as everywhere in it.
        if (file.Error == Errno.ENOENT) return IoResult.FromError(Errno.ENXIO);
        if (file.Descriptor is not { } descriptor) return IoResult.FromError(file.Error);
        // The descriptor's position moves, which nothing here uses.
        var result = await Blocking.Run<SeekCall, IoResult>(new SeekCall(descriptor.Fd, offset, whence));
        files.Return(descriptor);
        return result;
    }

    /// <inheritdoc/>
    public async ReactorTask<Errno> Sync(ulong dataId, bool dataOnly)
    {
        var file = await files.Open(dataId, create: false);
        if (file.Error == Errno.ENOENT) return Errno.None;
        if (file.Descriptor is not { } descriptor) return file.Error;
        var error = (await CoreReactor.Current.Fsync(descriptor.Fd, dataOnly)).Error;
        if (error == Errno.None) error = await files.SyncName(descriptor);
        files.Return(descriptor);
        return error;
    }

    /// <inheritdoc/>
    public async ReactorTask<Errno> SyncAll() =>
        (await Blocking.Run<SyncFileSystemCall, IoResult>(new SyncFileSystemCall(root))).Error;

    /// <inheritdoc/>
    public ReactorTask<Errno> Delete(ulong dataId) => files.Unlink(dataId);

    /// <inheritdoc/>
    public async ReactorTask<DataAttributesResult> GetAttributes(ulong dataId)
    {
        var file = await files.OpenWithNeighbours(dataId);
        if (file.Error == Errno.ENOENT) return default;
        if (file.Descriptor is not { } descriptor) return new DataAttributesResult(file.Error, default);
        // On the reactor: the inode is in memory, and the local file systems answer from it without waiting.
        var error = FileCalls.GetStatus(descriptor.Fd, out var status);
        files.Return(descriptor);
        if (error != Errno.None) return new DataAttributesResult(error, default);
        if (IsUntouched(status)) return default;
        return new DataAttributesResult(Errno.None,
            new DataAttributes(true, status.Size, status.Blocks512, status.ModifiedNs, status.ChangedNs));
    }

    /// <inheritdoc/>
    public async ReactorTask<Errno> SetModified(ulong dataId, long modifiedNs)
    {
        var file = await files.Open(dataId, create: false);
        if (file.Descriptor is not { } descriptor) return file.Error;
        // A time within the tick of the file's birth would leave it as it was, and the record's old one would be shown.
        var call = new SetModifiedCall(descriptor.Fd, modifiedNs);
        var error = IsUntouched(descriptor.Fd) ? Errno.ENOENT : (await Blocking.Run<SetModifiedCall, IoResult>(call)).Error;
        files.Return(descriptor);
        return error;
    }

    // Made for a kernel that has not written to it: it still is the empty file, with times of its own, that it was without.
    private static bool IsUntouched(in FileStatus status) =>
        status is { Size: 0, Blocks512: 0 } && status.ModifiedNs == status.BirthNs;

    private static bool IsUntouched(int fd) => FileCalls.GetStatus(fd, out var status) == Errno.None && IsUntouched(status);

    /// <inheritdoc/>
    public ReactorTask<DataSpaceResult> GetSpace() => Blocking.Run<SpaceCall, DataSpaceResult>(new SpaceCall(root));

    /// <inheritdoc/>
    public bool IsKnownEmpty(ulong dataId) => files.IsKnownAbsent(dataId);

    /// <inheritdoc/>
    public async ReactorTask<DataNeighbours> FindNeighbours(ulong dataId)
    {
        var listing = await files.ListGroup(dataId);
        return new DataNeighbours(listing.Error, listing.PresentBits);
    }

    /// <inheritdoc/>
    public void Release(ulong dataId) => files.Forget(dataId);
}
