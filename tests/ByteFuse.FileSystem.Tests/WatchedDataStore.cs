using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A removal of bytes, and what the metadata said at that moment.</summary>
/// <param name="DataId">Whose bytes.</param>
/// <param name="GarbageKey">A garbage key named them.</param>
/// <param name="InodeKey">The inode of the same number was still there.</param>
/// <param name="Durable">Every commit so far was durable.</param>
internal sealed record Removal(ulong DataId, bool GarbageKey, bool InodeKey, bool Durable);

/// <summary>A data store that notes removals, and refuses them, or a sync, where it is told to.</summary>
internal sealed class WatchedDataStore(IMetadataStore metadata, IDataStore store) : IDataStore
{
    public List<Removal> Removals { get; } = [];

    /// <summary>What a removal fails with; None where it is done.</summary>
    public Errno Refusal { get; set; }

    /// <summary>What the next sync fails with, and that one alone.</summary>
    public Errno SyncFailure { get; set; }

    /// <summary>Data ids that were synced.</summary>
    public List<ulong> Synced { get; } = [];

    /// <summary>Data ids whose neighbours were asked for.</summary>
    public List<ulong> Listed { get; } = [];

    /// <summary>What <see cref="FindNeighbours"/> fails with; None where it looks.</summary>
    public Errno ListFailure { get; set; }

    /// <summary>Up to which number was swept, as the metadata said at each sync of the whole store.</summary>
    public List<ulong> SweptAtSync { get; } = [];

    /// <summary>The space that it tells of; null for what there is.</summary>
    public DataSpace? Space { get; set; }

    public bool KeepsAttributes => store.KeepsAttributes;

    /// <summary>Smaller than the store's own, which tmpfs bounds by the type alone.</summary>
    public long MaximumFileSize => Math.Min(store.MaximumFileSize, 1L << 40);

    public async ReactorTask<Errno> Delete(ulong dataId)
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.Garbage(dataId));
        read.Add(Keys.Inode(dataId));
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        Removals.Add(new Removal(dataId, read.Found(0), read.Found(1), metadata.DurableSequence >= metadata.CommittedSequence));
        return Refusal != Errno.None ? Refusal : await store.Delete(dataId);
    }

    public ReactorTask<IoResult> Read(ulong dataId, long offset, NativeSlice into) => store.Read(dataId, offset, into);

    public ReactorTask<IoResult> Write(ulong dataId, long offset, NativeSlice from) => store.Write(dataId, offset, from);

    public ReactorTask<Errno> Truncate(ulong dataId, long size) => store.Truncate(dataId, size);

    public ReactorTask<Errno> Allocate(ulong dataId, int mode, long offset, long length) => store.Allocate(dataId, mode, offset, length);

    public ReactorTask<IoResult> CopyRange(ulong source, long sourceOffset, ulong target, long targetOffset, long length) =>
        store.CopyRange(source, sourceOffset, target, targetOffset, length);

    public ReactorTask<IoResult> Seek(ulong dataId, long offset, int whence) => store.Seek(dataId, offset, whence);

    public ReactorTask<Errno> Sync(ulong dataId, bool dataOnly)
    {
        Synced.Add(dataId);
        var failure = SyncFailure;
        SyncFailure = Errno.None;
        return failure != Errno.None ? new ReactorTask<Errno>(failure) : store.Sync(dataId, dataOnly);
    }

    public async ReactorTask<Errno> SyncAll()
    {
        using var read = MetadataRead.Rent();
        read.Add(Keys.InodeAllocator);
        var error = await metadata.Get(read);
        if (error != Errno.None) return error;
        if (NumberCounters.TryRead(read.Value(0), out var numbers)) SweptAtSync.Add(numbers.Swept);
        return await store.SyncAll();
    }

    public ReactorTask<DataNeighbours> FindNeighbours(ulong dataId)
    {
        Listed.Add(dataId);
        return ListFailure != Errno.None ? new ReactorTask<DataNeighbours>(new DataNeighbours(ListFailure, 0)) : store.FindNeighbours(dataId);
    }

    public ReactorTask<DataAttributesResult> GetAttributes(ulong dataId) => store.GetAttributes(dataId);

    public ReactorTask<Errno> SetModified(ulong dataId, long modifiedNs) => store.SetModified(dataId, modifiedNs);

    public ReactorTask<DataSpaceResult> GetSpace() =>
        Space is { } space ? new ReactorTask<DataSpaceResult>(new DataSpaceResult(Errno.None, space)) : store.GetSpace();

    public ReactorTask<IoResult> GiveTo(IBackingFiles kernel, ulong dataId, bool create) => store.GiveTo(kernel, dataId, create);

    public bool IsKnownEmpty(ulong dataId) => store.IsKnownEmpty(dataId);

    public void Release(ulong dataId) => store.Release(dataId);

    public void Dispose() => store.Dispose();
}
