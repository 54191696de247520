using System.Text.Json;

namespace ByteFuse.Testing;

/// <summary>
/// A ByteFUSE volume in STORE, formatted and mounted by the bytefuse command as its users do it. The command is $BYTEFUSE, or
/// the script beside ByteFuse.slnx above this program. Unmounted at the end, also after a failure or Ctrl-C.
/// </summary>
public sealed class MountedVolume : IDisposable
{
    private readonly Undo _undo;
    private readonly string _options;

    /// <summary>Formats (unless told not to) and mounts.</summary>
    /// <param name="store">The folder of the volume's store.</param>
    /// <param name="mountPoint">Created if missing.</param>
    /// <param name="options">Mount options, as after -o.</param>
    /// <param name="format">False for a store that holds a volume already.</param>
    public MountedVolume(string store, string mountPoint, string options = "", bool format = true)
    {
        Store = Path.GetFullPath(store);
        MountPoint = Path.GetFullPath(mountPoint);
        _options = options;
        Directory.CreateDirectory(MountPoint);
        if (format)
            Bytefuse("format", Url);
        _undo = new Undo(() => Unmount.Now(MountPoint));
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

    public string Url => "file://" + Store;

    public string MountPoint { get; }

    /// <summary>The daemon that serves the mount.</summary>
    public int DaemonPid
    {
        get
        {
            using JsonDocument status = JsonDocument.Parse(Bytefuse("status", "--json"));
            foreach (JsonElement mount in status.RootElement.GetProperty("mounts").EnumerateArray())
            {
                if (mount.GetProperty("mountPoint").GetString() == MountPoint)
                    return mount.GetProperty("pid").GetInt32();
            }
            throw new InvalidOperationException($"bytefuse status --json names no daemon for {MountPoint}");
        }
    }

    /// <summary>Runs the bytefuse command; an exit code other than 0 is an exception with its messages.</summary>
    public static string Bytefuse(params string[] arguments) => Command.Check(FindCommand(), arguments);

    /// <summary>As <see cref="Bytefuse"/>, for commands that are expected to fail.</summary>
    public static CommandResult TryBytefuse(params string[] arguments) => Command.Run(FindCommand(), arguments);

    /// <summary>Mounts again after <see cref="Umount"/> or <see cref="Kill9"/>; returns when the mount is ready.</summary>
    public void Mount()
    {
        // A log of its own: without it the lines go to the machine's syslog where there is one.
        string log = $"logfile={Store}.log";
        Bytefuse("mount", Url, MountPoint, "-o", _options.Length == 0 ? log : $"{_options},{log}");
    }

    /// <summary>An orderly unmount by the command; the store is closed when it returns.</summary>
    public void Umount() => Bytefuse("umount", MountPoint);

    /// <summary>
    /// Kills the daemon as a crash would, waits until it is gone and detaches the dead mount: the store is then as the crash left
    /// it and free to be mounted again.
    /// </summary>
    public void Kill9()
    {
        int pid = DaemonPid;
        long error = Sys.Kill(pid, Abi.SIGKILL);
        if (error != 0)
            throw new InvalidOperationException($"kill -9 {pid}: {Abi.ErrnoName(error)}");
        while (IsRunning(pid))
            Thread.Sleep(5);
        Sys.Umount2(MountPoint, Abi.MNT_DETACH);
    }

    public void Dispose() => _undo.Dispose();

    private static bool IsRunning(int pid)
    {
        // A zombie that nobody has waited for yet still answers kill(pid, 0): only its state tells that it is dead.
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return false;
        }
    }

    private static string FindCommand()
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
