namespace ByteFuse.Testing;

/// <summary>A PostgreSQL server of its own, as `./dev cluster up` makes it, in a folder that goes with it.</summary>
public sealed class PostgresCluster : IDisposable
{
    private static readonly Lazy<PostgresCluster> SharedCluster = new(() => new PostgresCluster());

    private readonly Scratch scratch = new(Environment.GetEnvironmentVariable("BYTEFUSE_CLUSTERS") ?? Memory(), "bytefuse-cluster-");

    // Registered behind the folder's, and so undone before it: without its folder nobody would find the server.
    private readonly Undo ending;

    public PostgresCluster()
        : this(null)
    {
    }

    private PostgresCluster(PostgresCluster? primary)
    {
        // The server's user has to get to its folder.
        File.SetUnixFileMode(scratch.Path, (UnixFileMode)0x1ED);
        ending = new Undo(Stop);
        if (primary is not null)
            CopyFrom(primary);
        Start();
    }

    /// <summary>One server for all tests of the process; who kills its server takes one of their own.</summary>
    public static PostgresCluster Shared => SharedCluster.Value;

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => int.Parse(File.ReadAllText(Folder("port")));

    /// <summary>The file with the superuser's password.</summary>
    public string PassFile => Folder("passfile");

    /// <summary>The folder of its data.</summary>
    public string Data => Folder("data");

    /// <summary>The URL of a volume on it, through another port where one is given.</summary>
    public string Url(string volume, int? port = null, string parameters = "") =>
        $"postgres://bytefuse@127.0.0.1:{port ?? Port}/postgres?volume={volume}&passfile={PassFile}{parameters}";

    /// <summary>A server that follows this one.</summary>
    public PostgresCluster Standby() => new(this);

    /// <summary>Starts it, or starts it again.</summary>
    public void Start() => Cluster("up");

    /// <summary>Ends it in an orderly way.</summary>
    public void Stop() => Cluster("down");

    /// <summary>kill -9 of the server and of all that serve a connection.</summary>
    public void Kill()
    {
        int postmaster = int.Parse(File.ReadAllText(Folder("pid")));
        Sys.Kill(postmaster, Abi.SIGSTOP); // else it starts a child between the listing and the kill
        int[] family = [postmaster, .. File.ReadAllText($"/proc/{postmaster}/task/{postmaster}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        foreach (int pid in family)
            Sys.Kill(pid, Abi.SIGKILL);
        while (family.Any(pid => File.Exists($"/proc/{pid}/exe")))
            Thread.Sleep(5);
    }

    /// <summary>Runs statements as the superuser; what they print.</summary>
    public string Sql(string sql, int? port = null) => Command.Run(
        "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{port ?? Port}", "-U", "bytefuse", "-d", "postgres", "-c", sql],
        environment: new Dictionary<string, string> { ["PGPASSFILE"] = PassFile }) is { ExitCode: 0 } done
        ? done.Output.Trim()
        : throw new InvalidOperationException($"psql failed: {sql}");

    public void Dispose()
    {
        ending.Dispose();
        scratch.Dispose();
    }

    private void CopyFrom(PostgresCluster primary)
    {
        Directory.CreateDirectory(Folder(""));
        File.Copy(primary.PassFile, PassFile);
        // By the environment it gets into the standby's own settings; the file is not its user's to read.
        var password = new Dictionary<string, string> { ["PGPASSWORD"] = File.ReadAllText(PassFile).Trim().Split(':')[^1] };
        CommandResult copied = Command.Run(
            "pg_basebackup", ["-h", "127.0.0.1", "-p", $"{primary.Port}", "-U", "bytefuse", "-D", Data, "-R", "-X", "stream", "-c", "fast"], environment: password);
        if (copied.ExitCode != 0)
            throw new InvalidOperationException($"pg_basebackup failed: {copied.Error}");
        Command.Check("chown", "-R", "postgres:postgres", Data);
    }

    private static string? Memory() => Directory.Exists("/dev/shm") ? "/dev/shm" : null;

    private string Folder(string name) => Path.Combine(scratch.Path, "postgresql", name);

    private void Cluster(string action) => Command.Check(Path.Combine(Repository(), "dev"), "cluster", action, "--directory", scratch.Path);

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ByteFuse.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("the tests do not lie in the repository");
    }
}
