using System.Threading.Channels;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using Npgsql;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>A commit that a reactor waits for.</summary>
internal sealed class CommitCall(MetadataCommit commit, ReactorCompletion<CommitOutcome> completion) : PendingCall
{
    public MetadataCommit Commit => commit;

    public override void Fail(Errno error) => Answer(CommitOutcome.Failure(error));

    public void Answer(CommitOutcome outcome)
    {
        if (IsAnswered) return;
        IsAnswered = true;
        completion.Complete(outcome);
    }
}

/// <summary>
/// The connection for commits. A batch of which no answer came is sent again as it was, under its number, until there is one: the
/// server has its outcome in the row that the commit changed with all else, so that it is applied once.
/// </summary>
internal sealed class CommitPipe(ServerLink link, ServerState state, string schema, DeltaFolding folding, CachedRows? cache) : Pipe<CommitCall>(link, state)
{
    private readonly CommitBatch batch = new(schema);
    private readonly List<CommitCall> current = [];
    private long number;
    private long committed;

    /// <summary>The version of the latest commit that was answered.</summary>
    public ulong CommittedSequence => (ulong)Volatile.Read(ref committed);

    protected override IReadOnlyList<CommitCall> Current => current;

    protected override TimeSpan? RestsAfter => folding.IsDue ? DeltaFolding.IdleTime : null;

    protected override void Gather(ChannelReader<CommitCall> reader)
    {
        current.Clear();
        batch.Begin(++number);
        while (reader.TryPeek(out var call) && batch.TryAdd(call.Commit))
        {
            reader.TryRead(out _);
            current.Add(call);
        }
        cache?.BeginChange(batch.Changes);
    }

    protected override async Task Execute()
    {
        var connection = await Link.Open();
        var (outcomes, version) = await Send(connection);
        if (outcomes is null) return;
        if (version > committed) Volatile.Write(ref committed, version);
        // What was given up before may still be with the server, until a later batch has been applied there (clients.number).
        if (version > 0) cache?.EndChange();
        for (var i = 0; i < current.Count; i++)
            current[i].Answer(outcomes[i] < 0 ? CommitOutcome.Success : CommitOutcome.Conflict(outcomes[i]));
        folding.Note(batch.Counters);
        if (folding.IsUrgent) await folding.Fold(Link, onlyUrgent: true);
    }

    protected override Task Rest() => folding.Fold(Link, onlyUrgent: false);

    private async Task<(int[]? Outcomes, long Version)> Send(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlBatch(connection);
        command.BatchCommands.Add(batch.Command(State.Client, State.Acknowledged));
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var server = reader.GetString(3);
        if (server.Length == 0) throw new ServerAwayException("the server only follows another");
        switch (reader.GetInt32(0))
        {
            case 0:
                var outcomes = reader.GetFieldValue<int[]>(1);
                var version = reader.GetInt64(2);
                if (version > 0) State.Acknowledge(batch.Number, server);
                return (outcomes, version);
            case 1:
                State.Refuse(State.Acknowledged > 0 && !await IsFenced(reader, connection) ? ServerState.Behind : ServerState.Ended);
                break;
            default:
                State.Refuse(ServerState.Behind);
                break;
        }
        foreach (var call in current) call.Fail(Errno.EIO);
        return (null, 0);
    }

    // The row is gone. Where others are there, one of them has removed it; else the server is one that never had it.
    private async Task<bool> IsFenced(NpgsqlDataReader reader, NpgsqlConnection connection)
    {
        await reader.CloseAsync();
        await using var command = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM {schema}.clients)", connection);
        return await command.ExecuteScalarAsync() is true;
    }
}
