using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>Through PgBouncer, which gives a connection to the server to each transaction: many nodes on few of them.</summary>
public sealed class PoolerTests : IDisposable
{
    // Two sessions each.
    private const int Nodes = 250;
    private const int ServerConnections = 8;

    private readonly Scratch scratch = new(prefix: "bytefuse-pooler-");
    private readonly PostgresVolume volume = new();
    private readonly Process pooler;
    private readonly int port = FreePort();

    public PoolerTests()
    {
        var server = PostgresCluster.Shared;
        var password = File.ReadAllText(server.PassFile).Trim().Split(':')[^1];
        File.WriteAllText(scratch["users"], $"\"bytefuse\" \"{password}\"\n");
        File.WriteAllText(scratch["ini"], $"""
            [databases]
            postgres = host=127.0.0.1 port={server.Port} user=bytefuse password={password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = plain
            auth_file = {scratch["users"]}
            pool_mode = transaction
            default_pool_size = {ServerConnections}
            max_client_conn = {4 * Nodes}
            ignore_startup_parameters = extra_float_digits
            logfile = {scratch["log"]}
            pidfile = {scratch["pid"]}

            """);
        Command.Check("chown", "-R", "postgres", scratch.Path);
        pooler = Process.Start(new ProcessStartInfo("setpriv", ["--reuid=postgres", "--clear-groups", "/usr/sbin/pgbouncer", "-q", scratch["ini"]]))!;
        while (!Answers())
        {
            if (pooler.HasExited) throw new InvalidOperationException($"PgBouncer ended: {File.ReadAllText(scratch["log"])}");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        pooler.Kill();
        pooler.WaitForExit();
        volume.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void Five_hundred_sessions_share_a_few_connections()
    {
        const int Commits = 3;
        var stores = Enumerable.Range(0, Nodes).Select(_ => (IMetadataStore)volume.Open(port)).ToList();
        using var host = new StoreHost(_ => new SpreadStore(stores));
        var answered = 0;
        StoreHost.OnAll(Nodes / StoreHost.ReactorCount, Work);
        var nodes = Nodes / StoreHost.ReactorCount * StoreHost.ReactorCount;
        Assert.Equal(nodes, answered);
        Assert.Equal([nodes * Commits], host.GetCounter("n"));
        var connections = int.Parse(volume.Sql($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bytefuse {volume.Name}'"));
        Assert.InRange(connections, 1, ServerConnections);

        async ReactorTask<bool> Work(int number)
        {
            var store = stores[number];
            for (var i = 0; i < Commits; i++)
            {
                using var commit = MetadataCommit.Rent();
                commit.RequireAbsent(StoreHost.Key($"{number}/{i}"));
                commit.Put(StoreHost.Key($"{number}/{i}"), "x"u8);
                commit.Add(StoreHost.Key("n"), 0, 1);
                Assert.True((await store.Commit(commit)).Committed);
                using var read = MetadataRead.Rent();
                read.Add(StoreHost.Key($"{number}/{i}"));
                Assert.Equal(Errno.None, await store.Get(read));
                Assert.True(read.Found(0));
            }
            Interlocked.Increment(ref answered);
            return true;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
