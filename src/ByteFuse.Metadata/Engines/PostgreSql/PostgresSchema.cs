using System.Reflection;
using Npgsql;
using NpgsqlTypes;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>The schema of a volume: made by format, brought to the present version by the first mount that may.</summary>
internal sealed class PostgresSchema(PostgresUrl url)
{
    /// <summary>The steps from each version to the next; the first makes version 1. Never changed once released.</summary>
    public static readonly string[] Steps = [Resource("tables.sql")];

    /// <summary>Makes the schema of a new volume, whole or not at all.</summary>
    /// <param name="connection">A connection of a role that may create schemas.</param>
    /// <param name="data">The URL of the volume's data.</param>
    /// <param name="replace">Remove the volume that is there.</param>
    public async Task Create(NpgsqlConnection connection, string data, bool replace)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await Run(connection, ServerDialect.MigrationLock);
        if (await Exists(connection))
        {
            if (!replace) throw new MetadataOpenException(MetadataOpenFailure.Other, $"{url} holds a volume already; --force erases it and everything in it");
            await Run(connection, $"DROP SCHEMA {url.QuotedSchema} CASCADE");
        }
        foreach (var step in Steps) await Run(connection, Filled(step));
        await Run(connection, Filled(Resource("functions.sql")));
        await using var command = new NpgsqlCommand($"INSERT INTO {url.QuotedSchema}.volume (schema_version, data) VALUES ($1, $2)", connection);
        command.Add(Steps.Length, NpgsqlDbType.Integer).Add(data, NpgsqlDbType.Text);
        await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    /// <summary>Removes what <see cref="Create"/> made.</summary>
    public Task Drop(NpgsqlConnection connection) => Run(connection, $"DROP SCHEMA IF EXISTS {url.QuotedSchema} CASCADE");

    /// <summary>The URL of the volume's data; where there is no volume, or one of a newer version, an exception says so.</summary>
    public async Task<string> ReadData(NpgsqlConnection connection)
    {
        var (version, data) = await ReadVolume(connection);
        if (version > Steps.Length)
        {
            throw new MetadataOpenException(MetadataOpenFailure.Newer,
                $"{url} has version {version} of the metadata's schema; this version knows those up to {Steps.Length}");
        }
        return data;
    }

    /// <summary>Brings the schema to the version of <paramref name="steps"/>.</summary>
    public async Task Migrate(NpgsqlConnection connection, string[] steps)
    {
        var (before, _) = await ReadVolume(connection);
        if (before >= steps.Length) return;
        await using var transaction = await connection.BeginTransactionAsync();
        await Run(connection, ServerDialect.MigrationLock);
        // Somebody may have been faster.
        var (version, _) = await ReadVolume(connection);
        for (; version < steps.Length; version++) await Run(connection, Filled(steps[version]));
        await Run(connection, Filled(Resource("functions.sql")));
        await Run(connection, $"UPDATE {url.QuotedSchema}.volume SET schema_version = {steps.Length}");
        await transaction.CommitAsync();
    }

    private async Task<(int Version, string Data)> ReadVolume(NpgsqlConnection connection)
    {
        if (!await Exists(connection))
            throw new MetadataOpenException(MetadataOpenFailure.Missing, $"{url}: the database holds no volume {url.Volume}; bytefuse format makes one");
        await using var command = new NpgsqlCommand($"SELECT schema_version, data FROM {url.QuotedSchema}.volume", connection);
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync()) throw new MetadataOpenException(MetadataOpenFailure.Corrupt, $"{url}: the schema {url.Schema} describes no volume");
        return (reader.GetInt32(0), reader.GetString(1));
    }

    private async Task<bool> Exists(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", connection);
        command.Add(url.Schema, NpgsqlDbType.Text);
        return await command.ExecuteScalarAsync() is true;
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Filled(string sql) => sql
        .Replace("@schema@", url.QuotedSchema, StringComparison.Ordinal)
        .Replace("@lock@", ServerDialect.Lock, StringComparison.Ordinal)
        .Replace("@server@", ServerDialect.Server, StringComparison.Ordinal)
        .Replace("@settings@", ServerDialect.FunctionSettings, StringComparison.Ordinal);

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ByteFuse.Metadata.PostgreSql.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
