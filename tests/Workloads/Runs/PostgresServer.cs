using System.Diagnostics;
using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.Workloads.Runs;

/// <summary>One PostgreSQL cluster that listens on a Unix socket alone and runs as another user.</summary>
internal sealed class PostgresServer(string[] asUser, string programs, string cluster, string sockets)
{
    private Process? _postmaster;

    public string Cluster => cluster;

    /// <summary>Runs one of PostgreSQL's programs as its user; it must succeed.</summary>
    public string Command(string program, params string[] arguments)
    {
        const int Seconds = 1800; // a full-scale pgbench on a slow store
        CommandResult result = Testing.Command.Run(
            "env", ["-C", "/", .. asUser, Path.Combine(programs, program), .. arguments], Seconds);
        WorkArea.Check(result.ExitCode == 0, $"exit {result.ExitCode} of {program}:\n{result.Output}{result.Error}");
        return result.Output;
    }

    public long Number(string sql) =>
        long.Parse(Command("psql", "-h", sockets, "-X", "-A", "-t", "-c", sql, "postgres").Trim(), CultureInfo.InvariantCulture);

    /// <summary>pgbench without end, its per-transaction log at <paramref name="logPrefix"/>.</summary>
    public Process StartLoad(string logPrefix) => PipedProcess.Start(
        [.. asUser, Path.Combine(programs, "pgbench"), "-n", "-c", "4", "-j", "2", "-T", "600",
            "--log", $"--log-prefix={logPrefix}", "-h", sockets, "postgres"]);

    public void Start()
    {
        // setpriv execs: the process started here is the postmaster itself, so its id is the one to kill.
        _postmaster = PipedProcess.Start(
            [.. asUser, Path.Combine(programs, "postgres"), "-D", cluster, "-k", sockets, "-c", "listen_addresses=",
                "-c", "logging_collector=off", "-c", "shared_buffers=32MB", "-c", "max_wal_size=64MB"]);
        _postmaster.OutputDataReceived += (_, _) => { };
        var log = new List<string>();
        _postmaster.ErrorDataReceived += (_, line) => { lock (log) log.Add(line.Data ?? ""); };
        _postmaster.BeginOutputReadLine();
        _postmaster.BeginErrorReadLine();
        // Crash recovery on a mount whose daemon is killed every few seconds takes minutes; the bound only ends what hangs.
        for (int i = 0; i < 12_000; i++)
        {
            if (Testing.Command.Run(Path.Combine(programs, "pg_isready"), ["-q", "-h", sockets]).ExitCode == 0)
                return;
            if (_postmaster.HasExited)
                break;
            Thread.Sleep(50);
        }
        lock (log)
            throw new WorkloadFailedException($"PostgreSQL did not start:\n{string.Join('\n', log.TakeLast(20))}");
    }

    /// <summary>A fast shutdown: checkpoints and ends.</summary>
    public void Stop()
    {
        Sys.Kill(_postmaster!.Id, Abi.SIGINT);
        _postmaster.WaitForExit();
        WorkArea.Equal(0, _postmaster.ExitCode, "exit of the postmaster");
        _postmaster = null;
    }

    /// <summary>kill -9 of the postmaster and everything below it; returns when none is left.</summary>
    public void Kill()
    {
        if (_postmaster is null)
            return;
        int postmaster = _postmaster.Id;
        Sys.Kill(postmaster, Abi.SIGSTOP); // else it starts a child between the listing and the kill
        List<int> family = [postmaster, .. Children(postmaster)];
        foreach (int pid in family)
            Sys.Kill(pid, Abi.SIGKILL);
        _postmaster.WaitForExit();
        _postmaster = null;
        while (family.Any(pid => Sys.Kill(pid, 0) == 0 && !IsZombie(pid)))
            Thread.Sleep(5);
    }

    private static IEnumerable<int> Children(int pid) =>
        File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture));

    private static bool IsZombie(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ");
        }
        catch (IOException)
        {
            return true; // gone between the two looks
        }
    }
}
