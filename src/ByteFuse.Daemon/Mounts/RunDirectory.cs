using System.Text;
using System.Text.Json;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// The run directory: /run/bytefuse, of users who are not root $XDG_RUNTIME_DIR/bytefuse, or $BYTEFUSE_RUN_DIRECTORY for daemons that are to have nothing to do with those of the machine.
/// A state file per mount; the lock, the control socket and perhaps the log of the node's daemon; a control socket for each daemon
/// of one mount. Its owner's alone.
/// </summary>
public static class RunDirectory
{
    /// <summary>Names another directory.</summary>
    public const string Variable = "BYTEFUSE_RUN_DIRECTORY";

    // S_IWGRP | S_IWOTH
    private const uint OthersMayWrite = 0x12;

    // sun_path of sockaddr_un (unix(7)), with its null byte, less "/", an id and ".sock".
    private const int MaximumLength = 108 - 1 - 22;

    /// <summary>The directory.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) : Default();

    /// <summary>The control socket of the node's daemon.</summary>
    public static string ControlSocket => Path.Combine(Folder, "control.sock");

    /// <summary>Held by the node's daemon, or by its keeper.</summary>
    public static string LockFile => Path.Combine(Folder, "daemon.lock");

    /// <summary>Where a keeper hands everything to another one.</summary>
    public static string KeeperSocket => Path.Combine(Folder, "keeper.sock");

    /// <summary>The process id of the node's daemon; gone after an orderly end.</summary>
    public static string PidFile => Path.Combine(Folder, "daemon.pid");

    /// <summary>The log of the node's daemon, where nothing else takes its lines.</summary>
    public static string LogFile => Path.Combine(Folder, "daemon.log");

    /// <summary>The log of its keeper, where nothing else takes its lines.</summary>
    public static string KeeperLogFile => Path.Combine(Folder, "keeper.log");

    /// <summary>Where a process that stands by rehearses; there for no longer than that takes.</summary>
    public static string RehearsalFolder => Path.Combine(Folder, "rehearsal");

    /// <summary>Removes what a rehearsal left that was killed.</summary>
    public static void RemoveRehearsal()
    {
        if (Directory.Exists(RehearsalFolder)) Directory.Delete(RehearsalFolder, recursive: true);
    }

    /// <summary>The path of a file of a mount.</summary>
    public static string FileOf(string id, string extension) => Path.Combine(Folder, id + extension);

    /// <summary>Makes the directory; a <see cref="Refusal"/> where it is not ours alone.</summary>
    public static void Prepare()
    {
        if (Encoding.UTF8.GetByteCount(Folder) > MaximumLength)
            throw new Refusal(ExitCode.Usage, $"{Variable}: {Folder} is longer than {MaximumLength} bytes, which is too long for a socket in it");
        Create();
        var error = FileCalls.GetStatus(Folder, out var status);
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"{Folder}: {error.Describe()}");
        if (status.UserId != ProcessCalls.EffectiveUserId || (status.Mode & OthersMayWrite) != 0)
            throw new Refusal(ExitCode.Failure, $"{Folder} belongs to somebody else, or others may write to it");
    }

    /// <summary>Announces a mount.</summary>
    public static void Write(MountState state) =>
        Write(FileOf(state.Id, ".json"), JsonSerializer.SerializeToUtf8Bytes(state, MountStateJson.Default.MountState));

    /// <summary>Announces this process as the node's daemon.</summary>
    public static void WritePid() => Write(PidFile, Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));

    /// <summary>Takes back what <see cref="Write"/> announced.</summary>
    public static void Remove(string id)
    {
        foreach (var extension in (ReadOnlySpan<string>)[".json", ".sock"]) File.Delete(FileOf(id, extension));
    }

    /// <summary>The mounts that are announced, those of dead daemons included.</summary>
    public static IReadOnlyList<MountState> ReadAll()
    {
        if (!Directory.Exists(Folder)) return [];
        var states = new List<MountState>();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            if (TryRead(file) is { } state) states.Add(state);
        }
        return states;
    }

    /// <summary>True where the daemon is running: there, no zombie, and not another process under its number.</summary>
    public static bool IsRunning(MountState state)
    {
        if (!ProcessCalls.Kill(state.Pid, 0).Succeeded) return false;
        try
        {
            var stat = File.ReadAllText($"/proc/{state.Pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..];
            return fields[0] is not ('Z' or 'X') && stat.Contains("(bytefuse)", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Default()
    {
        var user = ProcessCalls.EffectiveUserId;
        if (user == 0) return "/run/bytefuse";
        // pam_systemd's place where nothing names another one.
        return Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } folder ? folder : $"/run/user/{user}", "bytefuse");
    }

    private static void Create()
    {
        try
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException)
        {
            throw new Refusal(ExitCode.Failure, $"{Folder} cannot be made: set XDG_RUNTIME_DIR, or {Variable} for another run directory");
        }
    }

    // Beside and renamed, so that no reader sees half of it.
    private static void Write(string file, byte[] content)
    {
        File.WriteAllBytes(file + ".new", content);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static MountState? TryRead(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), MountStateJson.Default.MountState);
        }
        catch (Exception vanished) when (vanished is IOException or JsonException)
        {
            // The daemon ended in this moment, or the machine lost power while it wrote.
            return null;
        }
    }
}
