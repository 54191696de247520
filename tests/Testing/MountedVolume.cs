using System.Diagnostics;
using System.Text.Json;

namespace ByteFuse.Testing;

/// <summary>
/// A ByteFUSE volume in STORE, formatted and mounted by the bytefuse command as its users do it. The command is $BYTEFUSE, or
/// the script beside ByteFuse.slnx above this program. Its daemon has a run directory of its own, so that it serves nobody else: it
/// may be killed, and its memory is that of the mount. Unmounted at the end, also after a failure or Ctrl-C.
/// </summary>
public sealed class MountedVolume : IDisposable
{
    private const string RunDirectoryName = "BYTEFUSE_RUN_DIRECTORY";

    // Those who end with the daemon take milliseconds. What does not is left to who looks at the processes, or killed at the end.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    private readonly Undo _undo;
    private readonly string _options;
    private readonly string? _metadata;

    /// <summary>Formats (unless told not to) and mounts.</summary>
    /// <param name="store">The folder of the volume's store.</param>
    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="options">Mount options, as after -o.</param>
    /// <param name="format">False for a store that holds a volume already.</param>
    /// <param name="metadata">The URL of metadata that is not in the store.</param>
    public MountedVolume(string store, string mountPoint, string options = "", bool format = true, string? metadata = null)
    {
        _metadata = metadata;
        Store = Path.GetFullPath(store);
        MountPoint = Path.GetFullPath(mountPoint);
        _options = options;
        Directory.CreateDirectory(MountPoint);
        if (format)
            Bytefuse(metadata is null ? ["format", Url] : ["format", Url, "--data", "file://" + Store]);
        _undo = new Undo(() =>
        {
            Unmount.Now(MountPoint);
            EndDaemon();
            KillAll();
            Scratch.Remove(RunDirectory);
        });
        try
        {
            Mount();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Store { get; }

    public string Url => _metadata ?? "file://" + Store;

    public string MountPoint { get; }

    /// <summary>The run directory of its daemon.</summary>
    public string RunDirectory { get; } = Directory.CreateTempSubdirectory("bytefuse-run-").FullName;

    /// <summary>The daemon that serves the mount.</summary>
    public int DaemonPid
    {
        get
        {
            using JsonDocument status = JsonDocument.Parse(Run("status", "--json"));
            foreach (JsonElement mount in status.RootElement.GetProperty("mounts").EnumerateArray())
            {
                if (mount.GetProperty("mountPoint").GetString() == MountPoint)
                    return mount.GetProperty("pid").GetInt32();
            }
            throw new InvalidOperationException($"bytefuse status --json names no daemon for {MountPoint}");
        }
    }

    /// <summary>The daemon of the run directory as its own file tells, without asking it; null where none runs.</summary>
    public int? RunningDaemon
    {
        get
        {
            string pidFile = Path.Combine(RunDirectory, "daemon.pid");
            return File.Exists(pidFile) && int.TryParse(File.ReadAllText(pidFile), out int pid) && ProcessState.IsRunning(pid) ? pid : null;
        }
    }

    /// <summary>Runs the bytefuse command; an exit code other than 0 is an exception with its messages.</summary>
    public static string Bytefuse(params string[] arguments) => Command.Check(FindCommand(), arguments);

    /// <summary>As <see cref="Bytefuse"/>, for commands that are expected to fail.</summary>
    public static CommandResult TryBytefuse(params string[] arguments) => Command.Run(FindCommand(), arguments);

    /// <summary>As <see cref="Bytefuse"/>, with the run directory of this volume's daemon.</summary>
    public string Run(params string[] arguments)
    {
        CommandResult result = TryRun(arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"bytefuse {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.Error}{result.Output}");
    }

    /// <summary>As <see cref="Run"/>, for commands that may fail.</summary>
    public CommandResult TryRun(params string[] arguments) =>
        Command.Run(FindCommand(), arguments, environment: new Dictionary<string, string> { [RunDirectoryName] = RunDirectory });

    /// <summary>Mounts again after <see cref="Umount"/> or <see cref="Kill9"/>; returns when the mount is ready.</summary>
    public void Mount()
    {
        // A log of its own: without it the lines go to the machine's syslog where there is one.
        string log = $"logfile={Store}.log";
        Run("mount", Url, MountPoint, "-o", _options.Length == 0 ? log : $"{_options},{log}");
    }

    /// <summary>An orderly unmount by the command; when it returns the store is closed, and the daemon with its log and its keeper gone.</summary>
    public void Umount()
    {
        Run("umount", MountPoint);
        EndDaemon();
    }

    /// <summary>
    /// Kills everything of this volume's daemon as a crash of the machine would: the keeper, who would start another one, what stands by,
    /// the daemon, who would start another keeper. Waits until all is gone and detaches the dead mount: the store is then as the crash left
    /// it and free to be mounted again.
    /// </summary>
    public void Kill9()
    {
        KillAll();
        Sys.Umount2(MountPoint, Abi.MNT_DETACH);
    }

    public void Dispose() => _undo.Dispose();

    private string RunVariable => $"{RunDirectoryName}={RunDirectory}";

    // Ends the daemon in good order, and waits for those who end with it: until then they write to the run directory.
    private void EndDaemon()
    {
        if (RunningDaemon is not int daemon)
            return;
        Sys.Kill(daemon, Abi.SIGTERM);
        while (ProcessState.IsRunning(daemon))
            Thread.Sleep(5);
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < EndTimeout && ProcessState.WithVariable(RunVariable).Count > 0;)
            Thread.Sleep(5);
    }

    private void KillAll()
    {
        var killed = new HashSet<int>();
        // All of them stand still before the first one dies: nobody starts anybody.
        while (ProcessState.WithVariable(RunVariable).Count(killed.Add) > 0)
        {
            foreach (int pid in killed)
                Sys.Kill(pid, Abi.SIGSTOP);
        }
        foreach (int pid in killed)
            Sys.Kill(pid, Abi.SIGKILL);
        while (killed.Any(ProcessState.IsRunning))
            Thread.Sleep(5);
    }

    /// <summary>The bytefuse command.</summary>
    public static string FindCommand()
    {
        string? command = Environment.GetEnvironmentVariable("BYTEFUSE");
        if (!string.IsNullOrEmpty(command))
            return command;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx")))
                return Path.Combine(folder.FullName, "bytefuse");
        }
        throw new InvalidOperationException("no bytefuse command: set BYTEFUSE, or run from a build inside the repository");
    }
}
