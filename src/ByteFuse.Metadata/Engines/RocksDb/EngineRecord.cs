using System.Buffers.Binary;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// The engine's own record, under the empty key: a layout byte, the epoch, the sequence number of the last commit that the
/// engine has from the commit log. Each opening takes the next epoch and makes it durable before the first commit; sequence
/// numbers are the epoch above a count. So a number is never given twice, even where a power cut took commits of an
/// earlier epoch back: who remembers a version from then finds it changed.
/// </summary>
internal static class EngineRecord
{
    /// <summary>How values are stored today; a store of a higher layout is refused.</summary>
    public const byte Layout = 2;

    /// <summary>Bits of a sequence number below the epoch: at a million commits a second they last twelve days per opening, at ten thousand for three years.</summary>
    public const int CountBits = 40;

    // Without a commit log: every commit was in the engine.
    private const byte LayoutWithoutLog = 1;
    private const int LengthWithoutLog = 1 + sizeof(ulong);
    private const int Length = LengthWithoutLog + sizeof(ulong);

    /// <summary>Reads it; all 0 where there is none yet, false where the record is not one of this layout or an earlier one.</summary>
    public static EngineStatus TryRead(RocksDbDatabase database, out ulong epoch, out ulong drained, out bool known)
    {
        epoch = drained = 0;
        known = true;
        var status = database.Get(default, mayBlock: true, out var pinned, out _, out var value);
        if (status != EngineStatus.Ok || pinned == 0) return status;
        known = (value.Length >= Length && value[0] == Layout) || (value.Length >= LengthWithoutLog && value[0] == LayoutWithoutLog);
        if (known) epoch = BinaryPrimitives.ReadUInt64LittleEndian(value[1..]);
        if (known && value[0] == Layout) drained = BinaryPrimitives.ReadUInt64LittleEndian(value[LengthWithoutLog..]);
        RocksDbDatabase.Release(pinned);
        return EngineStatus.Ok;
    }

    /// <summary>Adds it to a batch of the engine.</summary>
    public static unsafe void Append(nint batch, ulong epoch, ulong drained, byte layout = Layout)
    {
        Span<byte> stored = stackalloc byte[StoredValue.HeaderLength + Length];
        BinaryPrimitives.WriteUInt64LittleEndian(stored, drained);
        var value = stored[StoredValue.HeaderLength..];
        value[0] = layout;
        BinaryPrimitives.WriteUInt64LittleEndian(value[1..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(value[LengthWithoutLog..], drained);
        byte none;
        fixed (byte* bytes = stored) NativeMethods.BatchPut(batch, &none, 0, bytes, (nuint)stored.Length);
    }

    /// <summary>Records the beginning of an epoch, durably; also where the disk is full.</summary>
    public static EngineStatus Write(RocksDbDatabase database, SpaceReserve reserve, ulong epoch)
    {
        var batch = NativeMethods.BatchCreate();
        Append(batch, epoch, FirstSequence(epoch));
        var status = reserve.Write(database, batch);
        NativeMethods.BatchDestroy(batch);
        return status == EngineStatus.Ok ? database.SyncLog() : status;
    }

    /// <summary>The sequence number from which an epoch counts.</summary>
    public static ulong FirstSequence(ulong epoch) => epoch << CountBits;

    /// <summary>The epoch of a sequence number.</summary>
    public static ulong EpochOf(ulong sequence) => sequence >> CountBits;
}
