using ByteFuse.Testing;

namespace ByteFuse.Workloads;

/// <summary>A workload's result is not what it must be.</summary>
public sealed class WorkloadFailedException(string message) : Exception(message);

/// <summary>How much of a workload is run: `small` for each change, `full` before a release.</summary>
public enum Scale
{
    Small,
    Full,
}

/// <summary>
/// Where one run of one workload works: <see cref="Inside"/> lies on the file system under test, <see cref="Outside"/> on a
/// trusted one that holds the sources and the copies to compare with. Both are the workload's own and vanish with it.
/// </summary>
public sealed class WorkArea : IDisposable
{
    private const int ShellSeconds = 3600;
    private readonly string[] _environment;
    private readonly Stack<Action> _cleanups = new();

    public WorkArea(string directory, string workload, Scale scale)
    {
        string name = $"workload-{workload}-{Environment.ProcessId}";
        Scale = scale;
        Inside = Directory.CreateDirectory(Path.Combine(Path.GetFullPath(directory), name)).FullName;
        // tmpfs: fast, and no file system under test. It has user xattrs and POSIX ACLs since Linux 6.6.
        Outside = Directory.CreateDirectory(Path.Combine("/dev/shm", name)).FullName;
        _environment =
        [
            $"IN={Inside}", $"OUT={Outside}", $"HOME={Outside}", $"GIT_CONFIG_GLOBAL={Outside}/gitconfig", "LC_ALL=C", "TZ=UTC",
        ];
    }

    public string Inside { get; }

    public string Outside { get; }

    public Scale Scale { get; }

    /// <summary>The count that fits the scale.</summary>
    public int Pick(int small, int full) => Scale == Scale.Full ? full : small;

    /// <summary>
    /// Runs a script that must succeed, in <see cref="Inside"/>, with $IN, $OUT and the given NAME=VALUE variables; its output.
    /// </summary>
    public string Shell(string script, params string[] variables)
    {
        CommandResult result = Command.Run(
            "env", ["-C", Inside, .. _environment, .. variables, "bash", "-euo", "pipefail", "-c", script], ShellSeconds);
        Check(result.ExitCode == 0, $"exit {result.ExitCode} of:\n{script}\n{Last(result.Output)}{Last(result.Error)}");
        return result.Output;
    }

    /// <summary>Something to undo at the end, also after a failure: last in, first out.</summary>
    public void AtEnd(Action cleanup) => _cleanups.Push(cleanup);

    public void Dispose()
    {
        while (_cleanups.TryPop(out Action? cleanup))
            cleanup();
        Command.Run("rm", ["-rf", "--one-file-system", Inside, Outside], ShellSeconds);
    }

    public static void Check(bool condition, string message)
    {
        if (!condition)
            throw new WorkloadFailedException(message);
    }

    public static void Equal<T>(T expected, T actual, string what) =>
        Check(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, found {actual}");

    // Enough to see why, short enough for a report.
    private static string Last(string text) => text.Length <= 2000 ? text : "..." + text[^2000..];
}
