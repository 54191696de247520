using System.Text.Json;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>/run/bytefuse: one state file and one control socket per running daemon. Root's alone.</summary>
public static class RunDirectory
{
    private const string Folder = "/run/bytefuse";

    /// <summary>The path of a file of a mount.</summary>
    public static string FileOf(string id, string extension) => Path.Combine(Folder, id + extension);

    /// <summary>Makes the directory.</summary>
    public static void Prepare() =>
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Announces a mount.</summary>
    public static void Write(MountState state)
    {
        var file = FileOf(state.Id, ".json");
        // Beside and renamed, so that no reader sees half of it.
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(state, MountStateJson.Default.MountState));
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>Takes back what <see cref="Write"/> announced; the log file too.</summary>
    public static void Remove(string id)
    {
        foreach (var extension in (ReadOnlySpan<string>)[".json", ".sock", ".log"]) File.Delete(FileOf(id, extension));
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
