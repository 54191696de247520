using System.Buffers.Binary;
using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// Rows that were read lately, for a node that alone commits to its volume (<see cref="PostgresOptions.FencesOthers"/>): what it does not
/// change stays as it is. Rows that a batch of commits changes leave before it is sent, and what was read of them comes in again only if
/// it was asked for after that batch, or a later one, was applied: in between, somebody may have had the new row from the server.
/// </summary>
internal sealed class CachedRows(long bytes)
{
    private readonly RowCache rows = new(bytes);
    private readonly HashSet<ulong> changing = [];

    // Known once the allocator of inode numbers has been read: every node that makes an inode does that first.
    private FreshKeys? fresh;

    // The cache wants one writer: one of the two pipes, which are no reactors, for as long as some copies take.
    private readonly Lock writing = new();

    /// <summary>Fills in all keys of a read, as they are together; false where the server has to be asked. From any thread.</summary>
    public bool TryRead(MetadataRead read)
    {
        var since = rows.Changes;
        for (var i = 0; i < read.Count; i++)
        {
            var answer = rows.TryRead(read, i, out var ticket);
            if (answer == RowAnswer.Known) continue;
            if (answer == RowAnswer.Busy || Volatile.Read(ref fresh)?.IsAbsent(read.Key(i), ticket.Hash) != true) return false;
            read.SetAbsent(i);
        }
        return rows.IsUnchanged(since);
    }

    /// <summary>Before keys are asked for: where their rows would go.</summary>
    public void Expect(List<byte[]> keys, List<RowTicket> tickets)
    {
        tickets.Clear();
        lock (writing)
        {
            foreach (var key in keys) tickets.Add(rows.Ticket(KeyHash.Of(key)));
        }
    }

    /// <summary>Keeps what the server said of keys.</summary>
    public void Keep(List<byte[]> keys, List<RowTicket> tickets, Dictionary<byte[], StoredRow> found)
    {
        lock (writing)
        {
            for (var i = 0; i < keys.Count; i++)
            {
                if (changing.Contains(tickets[i].Hash)) continue;
                var row = found.GetValueOrDefault(keys[i]);
                if (row?.IsDamaged == true) continue;
                if (row is not null && keys[i].AsSpan().SequenceEqual(Keys.InodeAllocator.Span)) NoteNextInode(tickets[i], row);
                rows.Fill(tickets[i], keys[i], row is not null, row?.Version ?? 0, row?.Value);
            }
        }
    }

    /// <summary>Before a batch that changes keys is sent for the first time.</summary>
    public void BeginChange(IEnumerable<byte[]> keys)
    {
        lock (writing)
        {
            rows.BeginChange();
            foreach (var key in keys)
            {
                var hash = KeyHash.Of(key);
                changing.Add(hash);
                // Without its value: the allocator's new one is not known here, so the filter that is full waits for it to be read.
                fresh?.Add(key, hash, []);
                rows.Freeze(hash);
                rows.Remove(hash, key);
                rows.Thaw(hash);
            }
            rows.EndChange();
        }
    }

    /// <summary>
    /// Nothing is stored yet under the numbers that the allocator has not handed out: if it has not changed since it was asked for, that
    /// still holds, and all that is stored from now on is seen here.
    /// </summary>
    private void NoteNextInode(in RowTicket ticket, StoredRow row)
    {
        if (fresh is { IsFull: false } || rows.Ticket(ticket.Hash) != ticket || row.Value.Length < sizeof(ulong)) return;
        Volatile.Write(ref fresh, new FreshKeys(BinaryPrimitives.ReadUInt64LittleEndian(row.Value)));
    }

    /// <summary>All batches so far have been applied or never will be: what is asked for from now on may be kept.</summary>
    public void EndChange()
    {
        lock (writing)
        {
            foreach (var hash in changing)
            {
                rows.Freeze(hash);
                rows.Thaw(hash);
            }
            changing.Clear();
        }
    }
}
