using ByteFuse.Linux;
using ByteFuse.Reactor;
using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// Metadata in PostgreSQL, by two connections: one for commits, one for reads (docs/adr/0017). A commit is one call of one function of
/// the server, and durable when it is answered. While the server is away calls wait, but for reads of what is cached.
/// </summary>
public sealed class PostgresMetadataStore : IMetadataStore
{
    // Until a call that the server does not answer is tried anew, seconds: commits wait for each other's locks, and the disk.
    private const int CommandTimeout = 30;

    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(2);

    private readonly PostgresOptions options;
    private readonly NpgsqlDataSource source;
    private readonly ServerState state;
    private readonly ServerLink commitLink;
    private readonly ServerLink readLink;
    private readonly CommitPipe commits;
    private readonly ReadPipe reads;
    private readonly CachedRows? cache;
    private bool disposed;

    private PostgresMetadataStore(PostgresOptions options, NpgsqlDataSource source, ServerState state)
    {
        this.options = options;
        this.source = source;
        this.state = state;
        var schema = options.Url.QuotedSchema;
        var folding = new DeltaFolding(schema);
        commitLink = new ServerLink(source);
        readLink = new ServerLink(source);
        cache = options.FencesOthers ? new CachedRows(options.RowCacheBytes) : null;
        commits = new CommitPipe(commitLink, state, schema, folding, cache);
        reads = new ReadPipe(readLink, state, schema, folding, cache);
        commits.Start();
        reads.Start();
    }

    /// <inheritdoc/>
    public ulong CommittedSequence => commits.CommittedSequence;

    /// <inheritdoc/>
    public ulong DurableSequence => commits.CommittedSequence;

    /// <summary>What it has done.</summary>
    public PostgresStatistics Statistics => new(commits.Calls, commits.RoundTrips, reads.Calls, reads.RoundTrips);

    /// <summary>
    /// Makes the schema of a new volume, whose data is at <paramref name="data"/>; a <see cref="MetadataOpenException"/> where that is not
    /// possible.
    /// </summary>
    public static void Create(PostgresUrl url, string data, bool replace) =>
        Use(url, async connection =>
        {
            await new PostgresSchema(url).Create(connection, data, replace);
            return true;
        });

    /// <summary>Removes a volume's schema; a <see cref="MetadataOpenException"/> where that is not possible.</summary>
    public static void Drop(PostgresUrl url) =>
        Use(url, async connection =>
        {
            await new PostgresSchema(url).Drop(connection);
            return true;
        });

    /// <summary>
    /// The URL of a volume's data; a <see cref="MetadataOpenException"/> where it cannot be known. Waits as long as the patience for a
    /// server that is away.
    /// </summary>
    public static string ReadData(PostgresUrl url, TimeSpan patience = default, Action<string>? log = null) =>
        Await(patience, log, () => Use(url, connection => new PostgresSchema(url).ReadData(connection)));

    /// <summary>Opens a volume's metadata; a <see cref="MetadataOpenException"/> where that fails.</summary>
    public static PostgresMetadataStore Open(PostgresOptions options) => Await(options.OpeningPatience, options.Log, () => TryOpen(options));

    private static PostgresMetadataStore TryOpen(PostgresOptions options)
    {
        var client = Guid.NewGuid();
        var server = Use(options.Url, async connection =>
        {
            var schema = new PostgresSchema(options.Url);
            await schema.ReadData(connection);
            await schema.Migrate(connection, PostgresSchema.Steps);
            await using var command = new NpgsqlCommand($"SELECT {options.Url.QuotedSchema}.begin_client($1, $2)", connection);
            command.Add(client, NpgsqlDbType.Uuid).Add(options.FencesOthers, NpgsqlDbType.Boolean);
            return (string)(await command.ExecuteScalarAsync())!;
        });
        var state = new ServerState(options.Url, client, server, options.Log);
        return new PostgresMetadataStore(options, ServerLink.SourceOf(options.Url, CommandTimeout), state);
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Get(MetadataRead read)
    {
        if (read.Count == 0 || (cache?.TryRead(read) == true && !state.IsRefused)) return new ReactorTask<Errno>(Errno.None);
        return Send(read, null);
    }

    /// <inheritdoc/>
    public ReactorTask<Errno> Scan(MetadataScan scan) => Send(null, scan);

    /// <inheritdoc/>
    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit)
    {
        var completion = ReactorCompletion<CommitOutcome>.Rent();
        var task = completion.Task;
        commits.Send(new CommitCall(commit, completion) { Deadline = Deadline() });
        return task;
    }

    /// <summary>Nothing to do: commits are durable when they are answered.</summary>
    public ReactorTask<Errno> Sync() => new(Errno.None);

    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        // Not on a reactor: reactors may wait for what these tasks are to answer.
        Task.Run(Close).GetAwaiter().GetResult();
    }

    private static T Await<T>(TimeSpan patience, Action<string>? log, Func<T> attempt)
    {
        var deadline = DeadlineIn(patience);
        var backoff = new Backoff();
        for (var waits = false; ; waits = true)
        {
            try
            {
                return attempt();
            }
            catch (MetadataOpenException problem) when (problem.InnerException is { } away && ServerErrors.IsPassing(away) && Environment.TickCount64 < deadline)
            {
                if (!waits) log?.Invoke($"{problem.Message}; the opening waits");
                Thread.Sleep(backoff.Next());
            }
        }
    }

    private static T Use<T>(PostgresUrl url, Func<NpgsqlConnection, Task<T>> work)
    {
        try
        {
            return Task.Run(async () =>
            {
                await using var source = ServerLink.SourceOf(url, CommandTimeout);
                await using var connection = await source.OpenConnectionAsync();
                return await work(connection);
            }).GetAwaiter().GetResult();
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException)
        {
            throw ServerErrors.Refuse(url, problem);
        }
    }

    private ReactorTask<Errno> Send(MetadataRead? read, MetadataScan? scan)
    {
        var completion = ReactorCompletion<Errno>.Rent();
        var task = completion.Task;
        reads.Send(new ReadCall(read, scan, completion) { Deadline = Deadline() });
        return task;
    }

    private long Deadline() => DeadlineIn(options.Patience);

    private static long DeadlineIn(TimeSpan patience) => Environment.TickCount64 + (long)patience.TotalMilliseconds;

    private async Task Close()
    {
        await Task.WhenAll(commits.Stop(), reads.Stop());
        try
        {
            await Leave().WaitAsync(ClosingPatience);
        }
        catch (Exception problem) when (ServerErrors.IsPassing(problem))
        {
            // The row stays, and the next opening removes it.
        }
        await commitLink.DisposeAsync();
        await readLink.DisposeAsync();
        await source.DisposeAsync();
    }

    private async Task Leave()
    {
        if (state.IsRefused) return;
        var connection = await commitLink.Open();
        await using var command = new NpgsqlCommand($"DELETE FROM {options.Url.QuotedSchema}.clients WHERE client = $1", connection);
        command.Add(state.Client, NpgsqlDbType.Uuid);
        await command.ExecuteNonQueryAsync();
    }
}
