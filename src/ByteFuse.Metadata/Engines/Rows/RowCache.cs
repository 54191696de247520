using System.Buffers.Binary;
using System.Numerics;

namespace ByteFuse.Metadata.Rows;

/// <summary>
/// Rows (a key, its version and value, or its absence) that were read or written lately, in front of the engine: LOOKUP,
/// GETATTR and the preconditions of commits are answered without a call of the engine, which costs microseconds. Rows
/// that were committed and are not in the engine yet are here, and stay until <see cref="Release"/>.
/// One writer, the holder of the commit token; any number of readers. A bucket has a stamp that is odd while a commit to
/// one of its keys is being made, which takes no longer than the copies; readers then look again, and they drop what they
/// copied if the stamp changed meanwhile (a sequence lock). All stamps of a commit turn odd before the first of its rows is
/// replaced, and even after the last: who has seen one of its rows finds the others. A stamp of the whole does the same around
/// all rows of a batch, for who reads several keys as they were together.
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

    // A commit replaces its rows in well under a microsecond. Who still finds it at work after that met a writer that the
    // kernel took off its processor.
    private const int MaximumSpins = 64;

    private readonly int mask;
    private readonly long[] stamps;
    private readonly uint[] tags;
    private readonly byte[] used;
    private readonly byte[] slots;
    private readonly SpilledRows spilled = new();
    private long changes;
    private uint released;

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
    /// Grows with every batch that is committed; odd while one is being shown. What was read between two looks at the same even number
    /// was so together. From any thread.
    /// </summary>
    public long Changes => Volatile.Read(ref changes);

    /// <summary>Whether nothing has been committed since <see cref="Changes"/> was this, which was even. Behind reads.</summary>
    public bool IsUnchanged(long since)
    {
        Volatile.ReadBarrier();
        return (since & 1) == 0 && Volatile.Read(ref changes) == since;
    }

    /// <summary>Before the first row of a batch is replaced. Token holder only.</summary>
    public void BeginChange()
    {
        Volatile.Write(ref changes, changes + 1);
        Volatile.WriteBarrier();
    }

    /// <summary>After the last one. Token holder only.</summary>
    public void EndChange() => Volatile.Write(ref changes, changes + 1);

    /// <summary>
    /// Fills in a key of a read. Where it is unknown, <paramref name="ticket"/> goes to <see cref="Fill"/> together with what
    /// the engine said. From any thread.
    /// </summary>
    public RowAnswer TryRead(MetadataRead read, int index, out RowTicket ticket)
    {
        var key = read.Key(index);
        var hash = KeyHash.Of(key);
        var bucket = (int)hash & mask;
        ticket = default;
        for (var spins = 0; spins < MaximumSpins; spins++)
        {
            var stamp = Volatile.Read(ref stamps[bucket]);
            if ((stamp & 1) != 0) continue;
            var found = Copy(read, index, hash, key);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref stamps[bucket]) != stamp) continue;
            ticket = new RowTicket(hash, stamp);
            return found ? RowAnswer.Known : RowAnswer.Unknown;
        }
        return RowAnswer.Busy;
    }

    /// <summary>
    /// What is known of a key; for the holder of the commit token, for whom the row stays until it changes it. Others look at
    /// the stamp before and after.
    /// </summary>
    public bool TryPeek(ReadOnlySpan<byte> key, ulong hash, out bool exists, out ulong version, out ReadOnlySpan<byte> value)
    {
        exists = false;
        version = 0;
        value = default;
        var slot = Find((int)hash & mask, hash, key);
        if (slot < 0) return TryPeekSpilled(key, out exists, out version, out value);
        var row = Slot(slot);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(row[2..]);
        if (length == Absent) return true;
        // A length that another row's bytes made: the stamp tells a reader, and the holder of the token meets none.
        if (key.Length + length > RowBytes) return false;
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
        Store(ticket.Hash, key, exists, version, value, Volatile.Read(ref released));
        Thaw(ticket.Hash);
    }

    /// <summary>A ticket for the holder of the commit token, which nobody can overtake.</summary>
    public RowTicket Ticket(ulong hash) => new(hash, stamps[(int)hash & mask]);

    /// <summary>Lets readers of a key wait until <see cref="Thaw"/>. Several keys may share the bucket. Token holder only.</summary>
    public void Freeze(ulong hash)
    {
        ref var stamp = ref stamps[(int)hash & mask];
        Volatile.Write(ref stamp, stamp | 1);
        Volatile.WriteBarrier();
    }

    /// <summary>
    /// Replaces the row of a frozen bucket. It stays at least until the half of the commit log that it is in is released; a
    /// half that has been says that the engine has the row. Token holder only.
    /// </summary>
    public void Store(ulong hash, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value, uint half)
    {
        var bucket = (int)hash & mask;
        var slot = Find(bucket, hash, key);
        if (key.Length + value.Length > RowBytes)
        {
            if (slot >= 0) tags[slot] = 0;
            slot = -1;
        }
        else if (slot < 0)
        {
            slot = Evict(bucket);
        }
        if (slot >= 0) Write(slot, hash, key, exists, version, value, half);
        else if (IsPending(half)) spilled.Put(key, new SpilledRow(half, exists, version, value));
    }

    /// <summary>Forgets a row of a frozen bucket, of which the engine has what there is. Token holder only.</summary>
    public void Remove(ulong hash, ReadOnlySpan<byte> key)
    {
        var slot = Find((int)hash & mask, hash, key);
        if (slot >= 0) tags[slot] = 0;
    }

    /// <summary>The engine has what came with a half of the commit log, or before it. By the drain, on any thread.</summary>
    public void Release(uint half)
    {
        // First: a slot that may be evicted must not uncover an older row among them.
        spilled.Release(half);
        Volatile.Write(ref released, half);
    }

    /// <summary>Whether a half of the commit log comes after another; numbers wrap around.</summary>
    public static bool IsLater(uint half, uint other) => (int)(half - other) > 0;

    /// <summary>Lets readers use the bucket of a key again; once more for another key of it changes nothing. Token holder only.</summary>
    public void Thaw(ulong hash)
    {
        ref var stamp = ref stamps[(int)hash & mask];
        if ((stamp & 1) == 0) return;
        // A volatile write: what Store wrote is visible before.
        Volatile.Write(ref stamp, stamp + 1);
    }

    private bool IsPending(uint half) => IsLater(half, Volatile.Read(ref released));

    private bool Copy(MetadataRead read, int index, ulong hash, ReadOnlySpan<byte> key)
    {
        if (!TryPeek(key, hash, out var exists, out var version, out var value)) return false;
        if (exists) read.SetFound(index, version, value);
        else read.SetAbsent(index);
        return true;
    }

    private bool TryPeekSpilled(ReadOnlySpan<byte> key, out bool exists, out ulong version, out ReadOnlySpan<byte> value)
    {
        exists = false;
        version = 0;
        value = default;
        if (!spilled.TryFind(key, out var row)) return false;
        exists = row.Exists;
        version = row.Version;
        value = row.Value;
        return true;
    }

    private void Write(int slot, ulong hash, ReadOnlySpan<byte> key, bool exists, ulong version, ReadOnlySpan<byte> value, uint half)
    {
        var row = Slot(slot);
        BinaryPrimitives.WriteUInt16LittleEndian(row, (ushort)key.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(row[2..], exists ? (ushort)value.Length : Absent);
        BinaryPrimitives.WriteUInt32LittleEndian(row[4..], half);
        BinaryPrimitives.WriteUInt64LittleEndian(row[8..], version);
        key.CopyTo(row[HeaderBytes..]);
        value.CopyTo(row[(HeaderBytes + key.Length)..]);
        tags[slot] = Tag(hash);
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

    // An empty slot, or one that was not used since all of the bucket were; -1 where all wait for the engine.
    private int Evict(int bucket)
    {
        var first = bucket * Ways;
        var empty = tags.AsSpan(first, Ways).IndexOf(0u);
        if (empty >= 0) return first + empty;
        // Once: readers set marks at the same time.
        var marks = (uint)used[bucket];
        var way = Unpending(first, marks);
        if (way < 0) way = Unpending(first, marks = 0);
        if (way < 0) return -1;
        used[bucket] = (byte)(marks | (1u << way));
        return first + way;
    }

    // A way without a mark that the engine has; -1 where there is none.
    private int Unpending(int first, uint marks)
    {
        for (var free = ~marks & ((1u << Ways) - 1); free != 0; free &= free - 1)
        {
            var way = BitOperations.TrailingZeroCount(free);
            if (!IsPending(BinaryPrimitives.ReadUInt32LittleEndian(Slot(first + way)[4..]))) return way;
        }
        return -1;
    }
}

/// <summary>What the row cache knows of a key.</summary>
internal enum RowAnswer
{
    /// <summary>The row, or that there is none.</summary>
    Known,

    /// <summary>Nothing: the engine has what there is.</summary>
    Unknown,

    /// <summary>A commit was at work on it for longer than a reactor waits: ask again, on a thread that may wait.</summary>
    Busy,
}

/// <summary>Where a row would go, and the state of its bucket when it was not found.</summary>
internal readonly record struct RowTicket(ulong Hash, long Stamp);
