using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.NullBench;

/// <summary>
/// Files of one size without bytes: a read finds whatever its target holds, a write goes nowhere. What is left of a request's
/// cost is that of the file system and its transport. It keeps attributes, as the local store does, so that a write makes no commit.
/// </summary>
internal sealed class NullDataStore : IDataStore
{
    // As FILE_SIZE of bench/peers/null_ll.c.
    private const long Size = 512L << 20;
    private const long Modified = 1_700_000_000_000_000_000;

    public bool KeepsAttributes => true;

    public long MaximumFileSize => long.MaxValue;

    public ReactorTask<IoResult> Read(ulong dataId, long offset, NativeSlice into) =>
        Count(Math.Clamp(Size - offset, 0, into.Length));

    public ReactorTask<IoResult> Write(ulong dataId, long offset, NativeSlice from) => Count(from.Length);

    public ReactorTask<Errno> Truncate(ulong dataId, long size) => Done();

    public ReactorTask<Errno> Allocate(ulong dataId, int mode, long offset, long length) => Done();

    public ReactorTask<IoResult> CopyRange(ulong source, long sourceOffset, ulong target, long targetOffset, long length) => Count(length);

    public ReactorTask<IoResult> Seek(ulong dataId, long offset, int whence) => new(IoResult.FromError(Errno.EOPNOTSUPP));

    public ReactorTask<Errno> Sync(ulong dataId, bool dataOnly) => Done();

    public ReactorTask<Errno> SyncAll() => Done();

    public ReactorTask<Errno> Delete(ulong dataId) => Done();

    public ReactorTask<DataAttributesResult> GetAttributes(ulong dataId) =>
        new(new DataAttributesResult(Errno.None, new DataAttributes(true, Size, Size / 512, Modified, Modified)));

    public ReactorTask<Errno> SetModified(ulong dataId, long modifiedNs) => Done();

    public ReactorTask<DataSpaceResult> GetSpace() => new(new DataSpaceResult(Errno.None, new DataSpace(4096, 1 << 30, 1 << 30, 1 << 30, 1 << 30)));

    public ReactorTask<IoResult> GiveTo(IBackingFiles kernel, ulong dataId, bool create) => new(IoResult.FromError(Errno.EOPNOTSUPP));

    public bool IsKnownEmpty(ulong dataId) => false;

    public ReactorTask<DataNeighbours> FindNeighbours(ulong dataId) => new(new DataNeighbours(Errno.None, ulong.MaxValue));

    public void Release(ulong dataId)
    {
    }

    public void Dispose()
    {
    }

    private static ReactorTask<Errno> Done() => new(Errno.None);

    private static ReactorTask<IoResult> Count(long bytes) => new(IoResult.FromRaw(bytes));
}
