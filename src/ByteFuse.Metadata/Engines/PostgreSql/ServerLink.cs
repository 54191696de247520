using Npgsql;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>One connection, made when it is needed and made anew when it broke. For one user at a time.</summary>
internal sealed class ServerLink(NpgsqlDataSource source) : IAsyncDisposable
{
    private NpgsqlConnection? connection;

    /// <summary>An open connection; what stands in the way is an exception.</summary>
    public async ValueTask<NpgsqlConnection> Open()
    {
        if (connection is { FullState: System.Data.ConnectionState.Open }) return connection;
        await Drop();
        return connection = await source.OpenConnectionAsync();
    }

    /// <summary>Ends a connection of which nothing is known any more.</summary>
    public async ValueTask Drop()
    {
        var dropped = connection;
        connection = null;
        if (dropped is not null) await dropped.DisposeAsync();
    }

    public ValueTask DisposeAsync() => Drop();

    /// <summary>The source of a volume's connections.</summary>
    public static NpgsqlDataSource SourceOf(PostgresUrl url, int commandTimeout)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(url.ConnectionString(commandTimeout).ConnectionString);
        // The types that are used are the server's own: a connection begins without asking for others.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        return builder.Build();
    }
}
