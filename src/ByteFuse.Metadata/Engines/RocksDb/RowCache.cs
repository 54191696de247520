using System.Buffers.Binary;
using System.Numerics;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// Rows (a key, its version and value, or its absence) that were read or written lately, in front of the engine: LOOKUP,
/// GETATTR and the preconditions of commits are answered without a call of the engine, which costs microseconds.
/// One writer, the holder of the commit token; any number of readers, which never wait. A bucket has a stamp that is odd
/// while a commit to one of its keys is on its way: readers then ask the engine, and they drop what they copied if the
/// stamp changed meanwhile (a sequence lock). The stamp turns odd before the engine is written and even after the rows
/// are replaced, so nobody finds an old row here after somebody saw the new one in the engine.
/// </summary>
internal sealed class RowCache
{
    /// <summary>Rows of a bucket: their tags fill half a cache line.</summary>
    public const int Ways = 8;

    /// <summary>Bytes of a slot. An inode takes 150, a name of 200 bytes still fits; what does not is not cached.</summary>
    public const int SlotBytes = 256;

    // The rows of all lie in one array.
    private const int MaximumBuckets = 1 << 19;
    private const int HeaderBytes = 16;
    private const int RowBytes = SlotBytes - HeaderBytes;
    private const ushort Absent = ushort.MaxValue;

    private readonly int mask;
    private readonly long[] stamps;
    private readonly uint[] tags;
    private readonly byte[] used;
    private readonly byte[] slots;

    /// <param name="bytes">Bound of the memory for rows, touched as they come; at least one bucket is made.</param>
    public RowCache(long bytes)
    {
        var buckets = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(bytes / (Ways * SlotBytes), 1, MaximumBuckets));
        mask = buckets - 1;
        stamps = new long[buckets];
        tags = new uint[buckets * Ways];
        used = new byte[buckets];
        // Pinned: the collector must not copy it about.
        slots = GC.AllocateUninitializedArray<byte>(buckets * Ways * SlotBytes, pinned: true);
    }

    /// <summary>
    /// Fills in a key of a read; false where it is not known. <paramref name="ticket"/> then goes to <see cref="Fill"/>
    /// together with what the engine said. From any thread.
    /// </summary>
    public bool TryRead(MetadataRead read, int index, out RowTicket ticket)
    {
        var key = read.Key(index);
        var hash = KeyHash.Of(key);
        var bucket = (int)hash & mask;
        var stamp = Volatile.Read(ref stamps[bucket]);
        ticket = new RowTicket(hash, stamp);
        if ((stamp & 1) != 0) return false;
        var slot = Find(bucket, hash, key);
        if (slot < 0) return false;
        var row = Slot(slot);
        var version = BinaryPrimitives.ReadUInt64LittleEndian(row[8..]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(row[2..]);
        if (length == Absent) read.SetAbsent(index);
        // A length that another row's bytes made: the stamp would tell, but the copy comes first.
        else if (key.Length + length > RowBytes) return false;
        else read.SetFound(index, version, row.Slice(HeaderBytes + key.Length, length));
        Volatile.ReadBarrier();
        return Volatile.Read(ref stamps[bucket]) == stamp;
    }

    /// <summary>What is known of a key; for the holder of the commit token, for whom the row stays until it changes it.</summary>
    public bool TryPeek(ReadOnlySpan<byte> key, ulong hash, out bool exists, out ulong version, out ReadOnlySpan<byte> value)
    {
        exists = false;
        version = 0;
        value = default;
        var slot = Find((int)hash & mask, hash, key);
        if (slot < 0) return false;
        var row = Slot(slot);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(row[2..]);
        if (length == Absent) return true;
        exists = true;
        version = BinaryPrimitives.ReadUInt64LittleEndian(row[8..]);
        value = row.Slice(HeaderBytes + key.Length, length);
        return true;
    }

    /// <summary>
    /// Keeps what the engine said of a key, unless a commit came in between. For the holder of the commit token, with no
    /// batch on its way.
    /// </summary>
    public void Fill(in RowTicket ticket, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value)
    {
        var bucket = (int)ticket.Hash & mask;
        if (stamps[bucket] != ticket.Stamp || (ticket.Stamp & 1) != 0) return;
        Freeze(ticket.Hash);
        Store(ticket.Hash, key, exists, version, value);
        Thaw(ticket.Hash);
    }

    /// <summary>A ticket for the holder of the commit token, which nobody can overtake.</summary>
    public RowTicket Ticket(ulong hash) => new(hash, stamps[(int)hash & mask]);

    /// <summary>Sends readers of a key to the engine until <see cref="Thaw"/>. Several keys may share the bucket. Token holder only.</summary>
    public void Freeze(ulong hash)
    {
        ref var stamp = ref stamps[(int)hash & mask];
        Volatile.Write(ref stamp, stamp | 1);
        Volatile.WriteBarrier();
    }

    /// <summary>Replaces the row of a frozen bucket. Token holder only.</summary>
    public void Store(ulong hash, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value)
    {
        var bucket = (int)hash & mask;
        var slot = Find(bucket, hash, key);
        if (key.Length + value.Length > RowBytes)
        {
            if (slot >= 0) tags[slot] = 0;
            return;
        }
        if (slot < 0) slot = Evict(bucket);
        var row = Slot(slot);
        BinaryPrimitives.WriteUInt16LittleEndian(row, (ushort)key.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(row[2..], exists ? (ushort)value.Length : Absent);
        BinaryPrimitives.WriteUInt64LittleEndian(row[8..], version);
        key.CopyTo(row[HeaderBytes..]);
        value.CopyTo(row[(HeaderBytes + key.Length)..]);
        tags[slot] = Tag(hash);
    }

    /// <summary>Forgets the row of a key of a frozen bucket: what the engine holds of it is not known. Token holder only.</summary>
    public void Forget(ulong hash, ReadOnlySpan<byte> key)
    {
        var slot = Find((int)hash & mask, hash, key);
        if (slot >= 0) tags[slot] = 0;
    }

    /// <summary>Lets readers use the bucket of a key again; once more for another key of it changes nothing. Token holder only.</summary>
    public void Thaw(ulong hash)
    {
        ref var stamp = ref stamps[(int)hash & mask];
        if ((stamp & 1) == 0) return;
        // A volatile write: what Store wrote is visible before.
        Volatile.Write(ref stamp, stamp + 1);
    }

    // 0 is an empty slot.
    private static uint Tag(ulong hash) => (uint)(hash >> 32) | 1;

    private Span<byte> Slot(int slot) => slots.AsSpan(slot * SlotBytes, SlotBytes);

    private int Find(int bucket, ulong hash, ReadOnlySpan<byte> key)
    {
        var tag = Tag(hash);
        var first = bucket * Ways;
        var candidates = tags.AsSpan(first, Ways);
        for (var way = 0; way < Ways; way++)
        {
            if (candidates[way] != tag) continue;
            var row = Slot(first + way);
            if (BinaryPrimitives.ReadUInt16LittleEndian(row) != key.Length) continue;
            if (key.Length > RowBytes || !row.Slice(HeaderBytes, key.Length).SequenceEqual(key)) continue;
            // Marks of two readers may overwrite each other: a row then seems unused a little earlier.
            if ((used[bucket] & (1 << way)) == 0) used[bucket] |= (byte)(1 << way);
            return first + way;
        }
        return -1;
    }

    // An empty slot, or one that was not used since all of the bucket were.
    private int Evict(int bucket)
    {
        var first = bucket * Ways;
        var empty = tags.AsSpan(first, Ways).IndexOf(0u);
        if (empty >= 0) return first + empty;
        // Once: readers set marks at the same time.
        var marks = used[bucket];
        if (marks == byte.MaxValue) marks = 0;
        var way = BitOperations.TrailingZeroCount(~(uint)marks);
        used[bucket] = (byte)(marks | (1 << way));
        return first + way;
    }
}

/// <summary>Where a row would go, and the state of its bucket when it was not found.</summary>
internal readonly record struct RowTicket(ulong Hash, long Stamp);
