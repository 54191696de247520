using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// One write of the engine from many records of the commit log: of all rows of a key the last one. Counters of a
/// directory, the volume's usage and the outcome of a request slot are in nearly every commit, and written once.
/// </summary>
internal sealed unsafe class DrainBatch : IDisposable
{
    private readonly nint batch = NativeMethods.BatchCreate();
    private readonly List<Row> rows = [];
    private int[] latest = new int[1024];

    /// <summary>The engine's batch, once built.</summary>
    public nint Handle => batch;

    /// <summary>The last commit in it.</summary>
    public ulong Last { get; private set; }

    /// <summary>Rows that it writes.</summary>
    public int Rows { get; private set; }

    /// <summary>Adds the rows of a record in native or pinned memory, which stay where they are until <see cref="Build"/>.</summary>
    public void Add(in CommitRecordView record)
    {
        Last = record.Last;
        var left = record.Rows;
        while (CommitRow.TryRead(left, out var row))
        {
            fixed (byte* key = row.Key, stored = row.Stored)
                rows.Add(new Row(key, row.Key.Length, stored, row.Exists ? row.Stored.Length : CommitRow.Deleted));
            left = left[row.Length..];
        }
    }

    /// <summary>Fills the engine's batch.</summary>
    public void Build()
    {
        Find(out var mask);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (latest[Slot(row, mask)] - 1 != i) continue;
            if (row.Length == CommitRow.Deleted) NativeMethods.BatchDelete(batch, row.Key, (nuint)row.KeyLength);
            else NativeMethods.BatchPut(batch, row.Key, (nuint)row.KeyLength, row.Stored, (nuint)row.Length);
            Rows++;
        }
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        NativeMethods.BatchClear(batch);
        rows.Clear();
        Rows = 0;
    }

    public void Dispose() => NativeMethods.BatchDestroy(batch);

    // A table of the last row of each key: index plus one, 0 for none.
    private void Find(out int mask)
    {
        while (latest.Length < 2 * rows.Count) latest = new int[latest.Length * 2];
        mask = latest.Length - 1;
        Array.Clear(latest);
        for (var i = 0; i < rows.Count; i++) latest[Slot(rows[i], mask)] = i + 1;
    }

    // The slot of a row's key, or the empty one where it would go.
    private int Slot(in Row row, int mask)
    {
        var slot = (int)KeyHash.Of(row.KeyBytes) & mask;
        while (latest[slot] != 0 && !rows[latest[slot] - 1].KeyBytes.SequenceEqual(row.KeyBytes)) slot = (slot + 1) & mask;
        return slot;
    }

    private readonly struct Row(byte* key, int keyLength, byte* stored, int length)
    {
        public readonly byte* Key = key;
        public readonly int KeyLength = keyLength;
        public readonly byte* Stored = stored;
        public readonly int Length = length;

        public ReadOnlySpan<byte> KeyBytes => new(Key, KeyLength);
    }
}
