using System.Threading.Channels;
using ByteFuse.Linux;
using ByteFuse.Metadata.Rows;
using ByteFuse.Reactor;
using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>A read or a scan that a reactor waits for.</summary>
internal sealed class ReadCall(MetadataRead? read, MetadataScan? scan, ReactorCompletion<Errno> completion) : PendingCall
{
    public MetadataRead? Read => read;

    public MetadataScan? Scan => scan;

    public override void Fail(Errno error) => Answer(error);

    public void Answer(Errno error)
    {
        if (IsAnswered) return;
        IsAnswered = true;
        completion.Complete(error);
    }
}

/// <summary>The connection for reads: one round trip for all keys of all reads that have gathered, and their scans.</summary>
internal sealed class ReadPipe(ServerLink link, ServerState state, string schema, DeltaFolding folding, CachedRows? cache) : Pipe<ReadCall>(link, state)
{
    /// <summary>Calls of one round trip.</summary>
    public const int MaximumCalls = 64;

    /// <summary>Keys of one round trip; a read of more is alone in its own.</summary>
    public const int MaximumKeys = 1024;

    // Behind every key: they are shorter.
    private static readonly byte[] End = [.. Enumerable.Repeat((byte)0xff, MetadataKey.MaximumLength + 1)];

    private readonly List<ReadCall> current = [];
    private readonly List<byte[]> keys = [];
    private readonly List<RowTicket> tickets = [];
    private readonly List<StoredRow> rows = [];
    private readonly Dictionary<byte[], StoredRow> byKey = new(ByteStrings.Comparer);
    private readonly Dictionary<byte[], StoredRow> scannedByKey = new(ByteStrings.Comparer);

    protected override IReadOnlyList<ReadCall> Current => current;

    protected override void Gather(ChannelReader<ReadCall> reader)
    {
        current.Clear();
        var count = 0;
        while (current.Count < MaximumCalls && reader.TryPeek(out var call))
        {
            count += call.Read?.Count ?? 0;
            if (current.Count > 0 && count > MaximumKeys) return;
            reader.TryRead(out _);
            current.Add(call);
        }
    }

    protected override async Task Execute()
    {
        // Whose time was up has its answer, and its reactor has its memory back.
        current.RemoveAll(call => call.IsAnswered);
        var connection = await Link.Open();
        var results = new Errno[current.Count];
        var server = await Read(connection, results);
        var accepted = await State.Accepts(connection, server);
        if (accepted) cache?.Keep(keys, tickets, byKey);
        for (var i = 0; i < current.Count; i++) current[i].Answer(accepted ? results[i] : Errno.EIO);
    }

    private async Task<string> Read(NpgsqlConnection connection, Errno[] results)
    {
        keys.Clear();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {ServerDialect.Server}"));
        foreach (var call in current)
        {
            for (var i = 0; call.Read is { } read && i < read.Count; i++) keys.Add(read.Key(i).ToArray());
        }
        if (keys.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT key, version, value, is_delta FROM {schema}.read_keys($1)")
                .Add(keys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea));
        }
        foreach (var call in current)
        {
            if (call.Scan is { } scan) batch.BatchCommands.Add(Command(scan));
        }
        cache?.Expect(keys, tickets);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.ReadAsync();
        var server = reader.GetString(0);
        if (keys.Count > 0)
        {
            await reader.NextResultAsync();
            await StoredRow.Read(reader, rows, byKey);
            for (var i = 0; i < current.Count; i++)
            {
                if (current[i].Read is { } read) results[i] = Fill(read);
            }
        }
        for (var i = 0; i < current.Count; i++)
        {
            if (current[i].Scan is not { } scan) continue;
            await reader.NextResultAsync();
            await StoredRow.Read(reader, rows, scannedByKey);
            results[i] = Fill(scan);
        }
        return server;
    }

    private NpgsqlBatchCommand Command(MetadataScan scan)
    {
        Span<byte> successor = stackalloc byte[MetadataKey.MaximumLength];
        var length = KeyRange.Successor(scan.Prefix, successor);
        // The least key behind a key is that with one more byte.
        byte[] from = scan.After.SequenceCompareTo(scan.Prefix) >= 0 && scan.After.Length > 0 ? [.. scan.After, 0] : scan.Prefix.ToArray();
        return new NpgsqlBatchCommand($"SELECT key, version, value, is_delta FROM {schema}.scan_keys($1, $2, $3, $4)")
            .Add(from, NpgsqlDbType.Bytea)
            .Add(length > 0 ? successor[..length].ToArray() : End, NpgsqlDbType.Bytea)
            // One more tells whether there is more.
            .Add(Math.Min(scan.Limit, int.MaxValue - 1) + 1, NpgsqlDbType.Integer)
            .Add(scan.WantValues, NpgsqlDbType.Boolean);
    }

    private Errno Fill(MetadataRead read)
    {
        var lookup = byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = 0; i < read.Count; i++)
        {
            if (!lookup.TryGetValue(read.Key(i), out var row))
            {
                read.SetAbsent(i);
                continue;
            }
            if (row.IsDamaged) return Errno.EIO;
            folding.NoteRead(row);
            read.SetFound(i, row.Version, row.Value);
        }
        return Errno.None;
    }

    private Errno Fill(MetadataScan scan)
    {
        scan.Clear();
        foreach (var row in rows)
        {
            if (row.IsDamaged && scan.WantValues) return Errno.EIO;
            if (scan.TryAdd(row.Key, row.Version, row.Value)) continue;
            scan.HasMore = true;
            break;
        }
        return Errno.None;
    }
}
