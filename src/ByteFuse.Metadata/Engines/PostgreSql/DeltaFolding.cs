using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// Puts deltas of counters into their rows, beside the commits and never in their way: readers have to fold fewer. Which counters have
/// deltas is known from what this node commits and reads; what a dead node left is met by whoever reads it.
/// </summary>
internal sealed class DeltaFolding(string schema)
{
    /// <summary>Deltas of one counter at which it is folded between two batches.</summary>
    public const int UrgentAt = 64;

    /// <summary>Deltas that a reader may meet without saying so.</summary>
    public const int ReadersMeet = 16;

    /// <summary>Counters that are remembered; those beyond are found by their readers.</summary>
    public const int MaximumRemembered = 4096;

    /// <summary>Without a commit for so long, the rest is folded too.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMilliseconds(500);

    // Of one round trip.
    private const int Most = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<byte[], int> remembered = new(ByteStrings.Comparer);
    private readonly LockSet locks = new(schema);
    private readonly List<StoredRow> rows = [];
    private readonly Dictionary<byte[], StoredRow> byKey = new(ByteStrings.Comparer);
    private int urgent;

    /// <summary>True where a counter has many deltas.</summary>
    public bool IsUrgent => Volatile.Read(ref urgent) > 0;

    /// <summary>True where any has.</summary>
    public bool IsDue
    {
        get
        {
            lock (gate) return remembered.Count > 0;
        }
    }

    /// <summary>These counters have got a delta each.</summary>
    public void Note(IReadOnlyList<byte[]> counters)
    {
        lock (gate)
        {
            for (var i = 0; i < counters.Count; i++) Note(counters[i], 1);
        }
    }

    /// <summary>A reader met a counter with many.</summary>
    public void NoteRead(StoredRow row)
    {
        if (row.Deltas.Count <= ReadersMeet) return;
        lock (gate) Note(row.Key, row.Deltas.Count);
    }

    /// <summary>Folds; what cannot be folded now stays for another time.</summary>
    public async Task Fold(ServerLink link, bool onlyUrgent)
    {
        var keys = Take(onlyUrgent);
        if (keys.Length == 0) return;
        try
        {
            var connection = await link.Open();
            await using (var command = new NpgsqlCommand($"SELECT key, version, value, is_delta FROM {schema}.read_keys($1)", connection))
            {
                command.Add(keys, NpgsqlDbType.Array | NpgsqlDbType.Bytea);
                await using var reader = await command.ExecuteReaderAsync();
                await StoredRow.Read(reader, rows, byKey);
            }
            // Each a transaction: locks of one are not held while the next waits for others.
            await using var batch = new NpgsqlBatch(connection) { EnableErrorBarriers = true };
            foreach (var row in rows.Where(row => row.Deltas.Count > 0 && !row.IsDamaged)) batch.BatchCommands.Add(Command(row));
            if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync();
        }
        catch (Exception)
        {
            // Nothing is lost: the deltas are where they were. The next commit tells what is wrong with the server.
            await link.Drop();
        }
    }

    private void Note(byte[] key, int deltas)
    {
        if (!remembered.TryGetValue(key, out var before) && remembered.Count == MaximumRemembered) return;
        remembered[key] = before + deltas;
        if (before < UrgentAt && before + deltas >= UrgentAt) urgent++;
    }

    private byte[][] Take(bool onlyUrgent)
    {
        lock (gate)
        {
            var keys = remembered.Where(pair => !onlyUrgent || pair.Value >= UrgentAt).Select(pair => pair.Key).Take(Most).ToArray();
            foreach (var key in keys)
            {
                remembered.Remove(key, out var deltas);
                if (deltas >= UrgentAt) urgent--;
            }
            return keys;
        }
    }

    private NpgsqlBatchCommand Command(StoredRow row)
    {
        locks.Begin();
        locks.Add(row.Key);
        return new NpgsqlBatchCommand($"SELECT {schema}.fold_deltas($1, $2, $3, $4, $5, $6)")
            .Add(locks.Numbers, NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .Add(locks.Exclusive, NpgsqlDbType.Array | NpgsqlDbType.Boolean)
            .Add(row.Key, NpgsqlDbType.Bytea)
            .Add(row.RowVersion, NpgsqlDbType.Bigint)
            .Add(row.Deltas.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .Add(row.Value, NpgsqlDbType.Bytea);
    }
}
