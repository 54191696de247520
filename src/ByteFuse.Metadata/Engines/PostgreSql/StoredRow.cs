using Npgsql;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>A row with its deltas folded in, as the map has it.</summary>
internal sealed class StoredRow(byte[] key, long version, byte[] value)
{
    /// <summary>Its key.</summary>
    public byte[] Key => key;

    /// <summary>The version of the row itself.</summary>
    public long RowVersion => version;

    /// <summary>The versions of its deltas, in order.</summary>
    public List<long> Deltas { get; } = [];

    /// <summary>The value.</summary>
    public byte[] Value { get; private set; } = value;

    /// <summary>True where a delta does not fit the value: damage.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>
    /// The version for readers. It grows with each delta that comes in sight, in whatever order they do, and stays the same when some are
    /// folded. A later put has a greater one: the sequence has gone on by 1 for each delta, and it counts 2^16 for each of its numbers.
    /// </summary>
    public ulong Version => (ulong)(version + Deltas.Count);

    /// <summary>
    /// Reads a result of read_keys or scan_keys: rows in the order in which they come; a delta without its row is damage that the row's
    /// absence shows.
    /// </summary>
    public static async Task Read(NpgsqlDataReader reader, List<StoredRow> rows, Dictionary<byte[], StoredRow> byKey)
    {
        rows.Clear();
        byKey.Clear();
        while (await reader.ReadAsync())
        {
            var key = reader.GetFieldValue<byte[]>(0);
            var version = reader.GetInt64(1);
            var value = reader.GetFieldValue<byte[]>(2);
            if (reader.GetBoolean(3))
            {
                if (byKey.TryGetValue(key, out var row)) row.Add(version, value);
                continue;
            }
            var found = new StoredRow(key, version, value);
            rows.Add(found);
            byKey.Add(key, found);
        }
    }

    private void Add(long delta, byte[] changes)
    {
        Deltas.Add(delta);
        if (CounterDelta.Fold(Value, changes) is { } folded) Value = folded;
        else IsDamaged = true;
    }
}
