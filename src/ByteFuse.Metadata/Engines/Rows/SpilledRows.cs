using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ByteFuse.Metadata.Rows;

/// <summary>
/// Rows that are not in the engine yet and have no place in the row cache: those longer than its slots, and those whose
/// bucket is full of others. Never more than the commit log holds. Written by the holder of the commit token, emptied by
/// the drain, read by anybody.
/// </summary>
internal sealed class SpilledRows
{
    private readonly ConcurrentDictionary<byte[], SpilledRow> rows = new(ByteStrings.Comparer);
    private readonly ConcurrentDictionary<byte[], SpilledRow>.AlternateLookup<ReadOnlySpan<byte>> byKey;

    // The dictionary's own count takes all of its locks. Never lower than the truth, so that nobody overlooks a row.
    private int count;

    public SpilledRows() => byKey = rows.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Finds a row.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, [NotNullWhen(true)] out SpilledRow? row)
    {
        row = null;
        return Volatile.Read(ref count) != 0 && byKey.TryGetValue(key, out row);
    }

    /// <summary>Keeps a row until the half of the log that it is in has been drained.</summary>
    public void Put(ReadOnlySpan<byte> key, SpilledRow row)
    {
        Interlocked.Increment(ref count);
        if (byKey.TryAdd(key, row)) return;
        // There, or just removed by the drain: then it is added, and counted already.
        Interlocked.Decrement(ref count);
        while (byKey.TryGetValue(key, out var earlier))
        {
            if (rows.TryUpdate(key.ToArray(), row, earlier)) return;
        }
        Put(key, row);
    }

    /// <summary>Forgets what came with a half, or before it.</summary>
    public void Release(uint half)
    {
        if (Volatile.Read(ref count) == 0) return;
        foreach (var entry in rows)
        {
            if (RowCache.IsLater(entry.Value.Half, half) || !rows.TryRemove(entry)) continue;
            Interlocked.Decrement(ref count);
        }
    }
}

/// <summary>A row on its way to the engine; it does not change.</summary>
internal sealed class SpilledRow(uint half, bool exists, ulong version, ReadOnlySpan<byte> value)
{
    private readonly byte[] value = value.ToArray();

    public uint Half => half;

    public bool Exists => exists;

    public ulong Version => version;

    public ReadOnlySpan<byte> Value => value;
}
