using System.Diagnostics;
using ByteFuse.Testing;
using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>
/// PostgreSQL: initdb, pgbench, kill -9 of the postmaster and all its children under load, recovery. Every transaction that
/// pgbench was told is committed must be there, its invariant must hold, and amcheck and pg_checksums find nothing.
/// </summary>
public static class PostgresWorkload
{
    private const string User = "postgres";

    public static void Run(WorkArea area)
    {
        string programs = Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(path => File.Exists(Path.Combine(path, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            ?? throw new WorkloadFailedException("PostgreSQL's server programs are not installed (tests/packages.txt)");
        string sockets = Path.Combine(area.Outside, "sockets");
        Directory.CreateDirectory(sockets);
        area.Shell(
            """
            mkdir "$IN/cluster"
            chown postgres: "$IN/cluster" "$OUT" "$OUT/sockets"
            chmod 700 "$IN/cluster"
            """);
        string[] asUser = ["setpriv", $"--reuid={User}", $"--regid={User}", "--init-groups"];
        var server = new PostgresServer(asUser, programs, Path.Combine(area.Inside, "cluster"), sockets);
        server.Command("initdb", "-D", server.Cluster, "-k", "-A", "trust", "--no-instructions");
        area.AtEnd(server.Kill);

        server.Start();
        server.Command("pgbench", "-i", "-q", "-s", $"{area.Pick(2, 10)}", "-h", sockets, User);
        server.Command("pgbench", "-n", "-c", "4", "-j", "2", "-t", $"{area.Pick(200, 2000)}", "-h", sockets, User);
        CheckInvariant(server);

        for (int round = 0; round < area.Pick(1, 3); round++)
            KillUnderLoad(server, area.Outside);
        server.Command("pg_amcheck", "--install-missing", "--heapallindexed", "--parent-check", "--rootdescend", "-h", sockets, User);
        server.Stop();
        string checksums = server.Command("pg_checksums", "--check", "-D", server.Cluster);
        Check(checksums.Contains("Bad checksums:  0"), checksums);
    }

    private static void KillUnderLoad(PostgresServer server, string logs)
    {
        long before = server.Number("SELECT count(*) FROM pgbench_history");
        string prefix = Path.Combine(logs, "transactions");
        using Process load = server.StartLoad(prefix);
        // Killed only once transactions flow: the count, not the clock, decides.
        for (int i = 0; i < 600 && server.Number("SELECT count(*) FROM pgbench_history") < before + 200; i++)
            Thread.Sleep(50);
        server.Kill();
        load.StandardInput.Close();
        Task<string> output = load.StandardOutput.ReadToEndAsync();
        load.StandardError.ReadToEnd();
        output.Wait();
        load.WaitForExit();
        int logged = 0;
        foreach (string file in Directory.GetFiles(logs, "transactions.*"))
        {
            logged += File.ReadLines(file).Count();
            File.Delete(file);
        }
        server.Start();
        long rows = server.Number("SELECT count(*) FROM pgbench_history") - before;
        Check(rows >= 200, $"{rows} transactions before the kill: the load did not run");
        Check(rows >= logged, $"{logged} transactions acknowledged, {rows} after the recovery");
        CheckInvariant(server);
    }

    private static void CheckInvariant(PostgresServer server)
    {
        long history = server.Number("SELECT coalesce(sum(delta), 0) FROM pgbench_history");
        foreach ((string column, string table) in new[] { ("abalance", "accounts"), ("tbalance", "tellers"), ("bbalance", "branches") })
            Equal(history, server.Number($"SELECT sum({column}) FROM pgbench_{table}"), $"sum of {column} against the history");
    }
}
