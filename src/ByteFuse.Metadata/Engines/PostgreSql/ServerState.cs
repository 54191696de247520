using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// What a store knows of the server it talks to: whether it is there, and that it is still one that has all it once acknowledged. A
/// standby that lagged behind and was made the server has lost commits; to go on with it would be to serve an old state and to
/// build on it (hazard 21). It is refused for as long as the store is open.
/// </summary>
internal sealed class ServerState(PostgresUrl url, Guid client, string server, Action<string>? log)
{
    private readonly Lock gate = new();
    private long acknowledged;
    private string known = server;
    private bool away;
    private bool refused;

    /// <summary>Who commits.</summary>
    public Guid Client { get; } = client;

    /// <summary>The number of the last batch that was answered as applied.</summary>
    public long Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>True once nothing is to be expected of the server any more.</summary>
    public bool IsRefused => Volatile.Read(ref refused);

    /// <summary>A batch was applied, by a server that had all before it.</summary>
    public void Acknowledge(long number, string by)
    {
        lock (gate) known = by;
        Volatile.Write(ref acknowledged, number);
    }

    /// <summary>False where the server that answered lacks something.</summary>
    public async Task<bool> Accepts(NpgsqlConnection connection, string by)
    {
        lock (gate)
        {
            if (by == known) return true;
        }
        if (by.Length == 0) throw new ServerAwayException("the server only follows another");
        var required = Acknowledged;
        await using var command = new NpgsqlCommand($"SELECT number FROM {url.QuotedSchema}.clients WHERE client = $1", connection);
        command.Add(Client, NpgsqlDbType.Uuid);
        var number = await command.ExecuteScalarAsync() as long?;
        if (number is null || number < required)
        {
            Refuse(number is null && required == 0 ? Ended : Behind);
            return false;
        }
        lock (gate) known = by;
        return true;
    }

    /// <summary>Ends the use of the server; said once.</summary>
    public void Refuse(string reason)
    {
        lock (gate)
        {
            if (refused) return;
            Volatile.Write(ref refused, true);
        }
        log?.Invoke($"{url}: {reason}; everything that needs metadata fails with EIO until the volume is mounted anew");
    }

    /// <summary>The server cannot be used for now; said once until it is back.</summary>
    public void Away(Exception problem)
    {
        lock (gate)
        {
            if (away) return;
            away = true;
        }
        log?.Invoke($"{url}: the metadata server is away: {ServerErrors.Describe(problem)}; calls wait");
    }

    /// <summary>The server answered.</summary>
    public void Back()
    {
        if (!Volatile.Read(ref away)) return;
        lock (gate)
        {
            if (!away) return;
            away = false;
        }
        log?.Invoke($"{url}: the metadata server is back");
    }

    /// <summary>Something that no other try will mend.</summary>
    public void Failed(Exception problem) => log?.Invoke($"{url}: {ServerErrors.Describe(problem)}");

    public const string Behind = "the metadata server has lost changes that it had acknowledged: another one has taken over that lagged behind";

    public const string Ended = "another daemon has opened the volume";
}
