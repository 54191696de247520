using System.Buffers.Binary;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The engine's own record, under the empty key: a layout byte, then the epoch. Each opening takes the next epoch and makes
/// it durable before the first commit; sequence numbers are the epoch above a count. So a number is never given twice, even
/// where a power cut took commits of an earlier epoch back: who remembers a version from then finds it changed.
/// </summary>
internal static class EngineRecord
{
    /// <summary>How values are stored today; a store of a higher layout is refused.</summary>
    public const byte Layout = 1;

    /// <summary>Bits of a sequence number below the epoch: at a million commits a second they last twelve days per opening, at ten thousand for three years.</summary>
    public const int CountBits = 40;

    private const int Length = 1 + sizeof(ulong);

    /// <summary>Reads the epoch; 0 where there is none yet, false where the record is not one of this layout.</summary>
    public static EngineStatus TryRead(RocksDbDatabase database, out ulong epoch, out bool known)
    {
        epoch = 0;
        known = true;
        var status = database.Get(default, mayBlock: true, out var pinned, out _, out var value);
        if (status != EngineStatus.Ok || pinned == 0) return status;
        known = value.Length >= Length && value[0] == Layout;
        if (known) epoch = BinaryPrimitives.ReadUInt64LittleEndian(value[1..]);
        RocksDbDatabase.Release(pinned);
        return EngineStatus.Ok;
    }

    /// <summary>Records an epoch, durably; also where the disk is full.</summary>
    public static EngineStatus Write(RocksDbDatabase database, CommitBatch batch, SpaceReserve reserve, ulong epoch)
    {
        Span<byte> value = stackalloc byte[Length];
        value[0] = Layout;
        BinaryPrimitives.WriteUInt64LittleEndian(value[1..], epoch);
        using var commit = MetadataCommit.Rent();
        commit.Put(default, value);
        batch.TryAdd(commit, FirstSequence(epoch), mayBlock: true, out _, out _);
        var status = reserve.Write(batch);
        batch.Clear(status == EngineStatus.Ok);
        return status == EngineStatus.Ok ? database.SyncLog() : status;
    }

    /// <summary>The sequence number from which an epoch counts.</summary>
    public static ulong FirstSequence(ulong epoch) => epoch << CountBits;
}
