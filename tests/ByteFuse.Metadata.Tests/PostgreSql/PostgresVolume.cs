using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>A volume's schema on a server, and stores that use it.</summary>
public sealed class PostgresVolume : IDisposable
{
    private static int last;

    private readonly PostgresCluster cluster;

    public PostgresVolume(PostgresCluster? cluster = null)
    {
        this.cluster = cluster ?? PostgresCluster.Shared;
        PostgresMetadataStore.Create(Url(), "file:///nowhere", replace: false);
    }

    public string Name { get; } = $"v{Environment.ProcessId}-{Interlocked.Increment(ref last)}";

    public string Schema => $"\"bytefuse_{Name}\"";

    public System.Collections.Concurrent.ConcurrentQueue<string> Log { get; } = new();

    /// <summary>The volume's URL; through another port, that of a proxy which is to read along, without TLS.</summary>
    public PostgresUrl Url(int? port = null) =>
        PostgresUrl.TryParse(cluster.Url(Name, port, port is null ? "" : "&sslmode=disable"), out var problem) ?? throw new InvalidOperationException(problem);

    /// <summary>A store, through another port where one is given.</summary>
    public PostgresMetadataStore Open(int? port = null, bool fencesOthers = false, TimeSpan? patience = null) => PostgresMetadataStore.Open(new PostgresOptions
    {
        Url = Url(port),
        FencesOthers = fencesOthers,
        // No test waits for it to pass unless it says so; on a machine under load a server may be slow to come back.
        Patience = patience ?? TimeSpan.FromMinutes(5),
        Log = Log.Enqueue,
    });

    public string Sql(string sql) => cluster.Sql(sql);

    public void Dispose() => PostgresMetadataStore.Drop(Url());
}
