using System.Diagnostics;
using System.Globalization;
using ByteFuse.Testing;
using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>
/// SQLite in WAL mode (shared memory through a mapped file, byte-range locks): concurrent writer processes, one of which is
/// killed in the middle. Nothing that a writer was told is committed may be missing, nor anything be there twice.
/// </summary>
public static class SqliteWorkload
{
    private const int Writers = 4;

    public static void Run(WorkArea area)
    {
        string database = Path.Combine(area.Inside, "test.db");
        Query(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows(writer INT, n INT, pad TEXT, UNIQUE(writer, n));");
        int each = area.Pick(300, 3000);
        var acknowledged = new int[Writers];
        var threads = new Thread[Writers];
        var failures = new Exception?[Writers];
        for (int i = 0; i < Writers; i++)
        {
            int writer = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    acknowledged[writer] = Write(database, writer, each, killAfter: writer == 0 ? each / 2 : int.MaxValue);
                }
                catch (Exception failure)
                {
                    failures[writer] = failure;
                }
            });
            threads[i].Start();
        }
        foreach (Thread thread in threads)
            thread.Join();
        if (failures.FirstOrDefault(failure => failure is not null) is Exception first)
            throw new WorkloadFailedException(first.Message);

        Equal("ok", Query(database, "PRAGMA integrity_check;"), "integrity_check");
        CheckRows(database, acknowledged, each);
        Query(database, "PRAGMA wal_checkpoint(TRUNCATE);");
        Equal(0L, new FileInfo(database + "-wal").Exists ? new FileInfo(database + "-wal").Length : 0, "WAL after the checkpoint");
        CheckRows(database, acknowledged, each);
        Query(database, "PRAGMA journal_mode=DELETE; DELETE FROM rows WHERE n % 2 = 0; VACUUM;");
        Equal("ok", Query(database, "PRAGMA integrity_check;"), "integrity_check after VACUUM");
        Equal("0", Query(database, "SELECT count(*) FROM rows WHERE n % 2 = 0;"), "deleted rows");
    }

    private static void CheckRows(string database, int[] acknowledged, int each)
    {
        for (int writer = 0; writer < Writers; writer++)
        {
            string[] found = Query(database, $"SELECT count(*), ifnull(max(n), 0) FROM rows WHERE writer = {writer};").Split('|');
            Equal(found[0], found[1], $"writer {writer}: rows are numbered without a gap");
            int rows = int.Parse(found[0], CultureInfo.InvariantCulture);
            if (writer == 0)
                // The statement in flight when the process was killed may or may not have been committed.
                Check(rows - acknowledged[0] is 0 or 1, $"killed writer: {acknowledged[0]} acknowledged, {rows} found");
            else
                Equal(each, rows, $"rows of writer {writer}");
        }
    }

    /// <summary>Feeds one sqlite3 process statement by statement; the number of rows that it acknowledged.</summary>
    private static int Write(string database, int writer, int rows, int killAfter)
    {
        using Process sqlite = PipedProcess.Start(
            ["sqlite3", "-bail", "-cmd", ".timeout 60000", "-cmd", "PRAGMA synchronous=FULL", database]);
        int acknowledged = 0;
        while (acknowledged < rows)
        {
            int next = acknowledged + 1;
            sqlite.StandardInput.WriteLine($"INSERT INTO rows VALUES({writer}, {next}, hex(randomblob({next % 700}))); SELECT {next};");
            sqlite.StandardInput.Flush();
            if (acknowledged == killAfter)
            {
                Sys.Kill(sqlite.Id, Abi.SIGKILL);
                sqlite.WaitForExit();
                return sqlite.StandardOutput.ReadToEnd().Contains($"{next}") ? next : acknowledged;
            }
            string? answer = sqlite.StandardOutput.ReadLine();
            Check(answer == $"{next}", $"writer {writer}: '{answer}' for row {next}: {(answer is null ? sqlite.StandardError.ReadToEnd() : "")}");
            acknowledged = next;
        }
        sqlite.StandardInput.Close();
        sqlite.WaitForExit();
        Equal(0, sqlite.ExitCode, $"exit of writer {writer}");
        return acknowledged;
    }

    private static string Query(string database, string sql) =>
        Command.Check("sqlite3", "-bail", "-cmd", ".timeout 60000", database, sql).Trim();
}
