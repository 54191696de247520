using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data;

/// <summary>
/// The bytes of files, by data id. A data id without bytes reads as an empty file: bytes come into being with the first
/// write, so that creating an empty file costs nothing here. All calls are made on a reactor and complete there, into
/// and from memory that may be foreign (a FUSE payload, guest memory) and stays valid until the call completes.
/// </summary>
public interface IDataStore : IDisposable
{
    /// <summary>
    /// True where the store keeps size, mtime and ctime of a file by itself (local files): a write then needs no commit.
    /// False where they live in the metadata (RADOS, S3).
    /// </summary>
    bool KeepsAttributes { get; }

    /// <summary>Bytes of the longest file: what begins or ends beyond is EFBIG, before anything is changed for it.</summary>
    long MaximumFileSize { get; }

    /// <summary>Reads up to the slice's length; fewer bytes only at the end of the file. EIO where the bytes cannot be read.</summary>
    ReactorTask<IoResult> Read(ulong dataId, long offset, NativeSlice into);

    /// <summary>
    /// Writes the whole slice, or fails (ENOSPC, EFBIG, EDQUOT, EIO); returns the bytes written, which are fewer only where it
    /// failed in the midst: the next write from there then says why.
    /// </summary>
    ReactorTask<IoResult> Write(ulong dataId, long offset, NativeSlice from);

    /// <summary>
    /// Sets the size; the rest of a longer file reads as zeros. EFBIG past what the store can hold; ENOENT to 0 where the data id
    /// has no bytes: it stays so, and its times are the caller's to set.
    /// </summary>
    ReactorTask<Errno> Truncate(ulong dataId, long size);

    /// <summary>
    /// Allocates, punches or zeroes a range. <paramref name="mode"/> as fallocate(2)'s; EOPNOTSUPP for what the store cannot,
    /// ENOENT for a hole in a data id without bytes, which gets none.
    /// </summary>
    ReactorTask<Errno> Allocate(ulong dataId, int mode, long offset, long length);

    /// <summary>Copies a range inside the store, sharing extents where it can (reflink); returns the bytes copied, fewer at the end of the source.</summary>
    ReactorTask<IoResult> CopyRange(ulong source, long sourceOffset, ulong target, long targetOffset, long length);

    /// <summary>SEEK_DATA (3) or SEEK_HOLE (4) from an offset; ENXIO past the end.</summary>
    ReactorTask<IoResult> Seek(ulong dataId, long offset, int whence);

    /// <summary>Makes the bytes written so far durable, with the attributes needed to find them again.</summary>
    ReactorTask<Errno> Sync(ulong dataId, bool dataOnly);

    /// <summary>Makes all bytes of the store durable.</summary>
    ReactorTask<Errno> SyncAll();

    /// <summary>Removes the bytes; absent is fine.</summary>
    ReactorTask<Errno> Delete(ulong dataId);

    /// <summary>Size, blocks and times of a data id; <see cref="DataAttributes.Exists"/> is false where it has no bytes.</summary>
    ReactorTask<DataAttributesResult> GetAttributes(ulong dataId);

    /// <summary>Sets the mtime, a number of <see cref="FileTime"/>; ENOENT where the data id has no bytes.</summary>
    ReactorTask<Errno> SetModified(ulong dataId, long modifiedNs);

    /// <summary>Space of the store.</summary>
    ReactorTask<DataSpaceResult> GetSpace();

    /// <summary>
    /// Gives the file that holds the bytes of a data id to a kernel; returns its number there. Makes it first where there is none
    /// and <paramref name="create"/> is set; ENOENT where it is not set, EOPNOTSUPP where the store keeps no files.
    /// </summary>
    ReactorTask<IoResult> GiveTo(IBackingFiles kernel, ulong dataId, bool create);

    /// <summary>
    /// True where the store knows without looking that a data id has no bytes: there is nothing to delete. Nobody may be
    /// writing to it meanwhile.
    /// </summary>
    bool IsKnownEmpty(ulong dataId);

    /// <summary>Which of the 64 data ids that differ from this one in the lowest six bits alone have bytes.</summary>
    ReactorTask<DataNeighbours> FindNeighbours(ulong dataId);

    /// <summary>The file is not open any more: what the store keeps for it may go.</summary>
    void Release(ulong dataId);
}

/// <summary>Attributes that the store keeps.</summary>
/// <param name="Exists">False where the data id has no bytes yet.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Blocks">Allocated units of 512 bytes.</param>
/// <param name="ModifiedNs">mtime.</param>
/// <param name="ChangedNs">ctime.</param>
public readonly record struct DataAttributes(bool Exists, long Size, long Blocks, long ModifiedNs, long ChangedNs);

/// <summary>Which of 64 neighbours have bytes, or why it could not be told.</summary>
/// <param name="Error">None where it could.</param>
/// <param name="Present">A bit for each, the lowest for the lowest data id.</param>
public readonly record struct DataNeighbours(Errno Error, ulong Present);

/// <summary>Attributes, or why they could not be read.</summary>
public readonly record struct DataAttributesResult(Errno Error, DataAttributes Attributes);

/// <summary>Space of a store, as statvfs counts it.</summary>
/// <param name="BlockSize">Bytes of a block.</param>
/// <param name="Blocks">All blocks.</param>
/// <param name="FreeBlocks">Free blocks.</param>
/// <param name="AvailableBlocks">Free blocks for others than root.</param>
/// <param name="FreeFiles">How many more files the store can hold.</param>
public readonly record struct DataSpace(uint BlockSize, ulong Blocks, ulong FreeBlocks, ulong AvailableBlocks, ulong FreeFiles);

/// <summary>Space, or why it could not be read.</summary>
public readonly record struct DataSpaceResult(Errno Error, DataSpace Space);
