using System.Buffers.Binary;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// A batch of commits as it stands in the commit log, all integers little endian: length of the body (4 bytes), its
/// checksum (4); then the body: sequence number of its first commit (8), number of commits (4), number of rows (4), the
/// rows. Records begin at multiples of 8. The checksum begins with the number of the half, so that what an earlier use of
/// it left behind is no record of this one.
/// </summary>
internal static class CommitRecord
{
    /// <summary>Bytes before the rows.</summary>
    public const int HeaderLength = 24;

    private const int PrefixLength = 8;

    /// <summary>Bytes that a record takes in the log.</summary>
    public static int Aligned(int length) => (length + 7) & ~7;

    /// <summary>Completes a record whose rows are written already.</summary>
    public static void Seal(Span<byte> record, uint half, ulong first, int commits, int rows)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - PrefixLength);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], first);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], commits);
        BinaryPrimitives.WriteInt32LittleEndian(record[20..], rows);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Checksum.Of(half, record[PrefixLength..]));
    }

    /// <summary>The record at the beginning of some bytes; false where there is none, or not all of one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> log, uint half, out CommitRecordView record)
    {
        record = default;
        if (log.Length < HeaderLength) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(log);
        if (length < HeaderLength - PrefixLength || length > log.Length - PrefixLength) return false;
        var body = log.Slice(PrefixLength, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(log[4..]) != Checksum.Of(half, body)) return false;
        record = new CommitRecordView(body);
        return true;
    }

    /// <summary>Bytes that a row takes: see <see cref="CommitRow"/>.</summary>
    public static int RowLength(int keyLength, bool exists, int valueLength) =>
        CommitRow.HeaderLength + keyLength + (exists ? StoredValue.HeaderLength + valueLength : 0);

    /// <summary>Writes a row; returns what is left of the target.</summary>
    public static Span<byte> WriteRow(Span<byte> target, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, exists ? StoredValue.HeaderLength + value.Length : CommitRow.Deleted);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], (ushort)key.Length);
        target = target[CommitRow.HeaderLength..];
        key.CopyTo(target);
        target = target[key.Length..];
        if (!exists) return target;
        BinaryPrimitives.WriteUInt64LittleEndian(target, version);
        value.CopyTo(target[StoredValue.HeaderLength..]);
        return target[(StoredValue.HeaderLength + value.Length)..];
    }
}

/// <summary>A record that was found intact.</summary>
internal readonly ref struct CommitRecordView(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> body = body;

    /// <summary>Bytes of the record in the log, with the gap before the next one.</summary>
    public int Length => CommitRecord.Aligned(body.Length + 8);

    /// <summary>Sequence number of its first commit.</summary>
    public ulong First => BinaryPrimitives.ReadUInt64LittleEndian(body);

    /// <summary>Sequence number of its last commit.</summary>
    public ulong Last => First + BinaryPrimitives.ReadUInt32LittleEndian(body[8..]) - 1;

    /// <summary>Its rows, one behind the other.</summary>
    public ReadOnlySpan<byte> Rows => body[16..];
}

/// <summary>
/// A row of a record: bytes of the stored value, or <see cref="Deleted"/> (4); bytes of the key (2); the key; the value as
/// the engine stores it.
/// </summary>
internal readonly ref struct CommitRow
{
    public const int HeaderLength = 6;
    public const int Deleted = -1;

    private CommitRow(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored, bool exists)
    {
        Key = key;
        Stored = stored;
        Exists = exists;
    }

    public ReadOnlySpan<byte> Key { get; }

    /// <summary>False where the key was deleted.</summary>
    public bool Exists { get; }

    /// <summary>What the engine stores; empty where the key was deleted.</summary>
    public ReadOnlySpan<byte> Stored { get; }

    /// <summary>Bytes of the row in its record.</summary>
    public int Length => HeaderLength + Key.Length + Stored.Length;

    /// <summary>The row at the beginning of some bytes; false at the end of them.</summary>
    public static bool TryRead(ReadOnlySpan<byte> rows, out CommitRow row)
    {
        row = default;
        if (rows.Length < HeaderLength) return false;
        var stored = BinaryPrimitives.ReadInt32LittleEndian(rows);
        var exists = stored != Deleted;
        var key = BinaryPrimitives.ReadUInt16LittleEndian(rows[4..]);
        row = new CommitRow(rows.Slice(HeaderLength, key), exists ? rows.Slice(HeaderLength + key, stored) : default, exists);
        return true;
    }
}
