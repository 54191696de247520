using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>A fresh folder that holds all that a benchmark makes.</summary>
internal sealed class BenchFolder
{
    private BenchFolder(string path) => Path = path;

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Makes one; a <see cref="Refusal"/> where nobody can.</summary>
    public static BenchFolder Create(string directory)
    {
        // Not the process's number alone: containers have few, and one that was killed may have left its folder.
        var path = System.IO.Path.Combine(directory, $"bytefuse-bench.{Environment.ProcessId}.{Random.Shared.Next():x}");
        var made = FileCalls.MakeDirectoryAt(AtFlags.WorkingDirectory, path, BenchThread.DirectoryMode);
        if (!made.Succeeded) throw new Refusal(ExitCode.Failure, $"{path}: {made.Error.Describe()}");
        return new BenchFolder(path);
    }

    /// <summary>Runs work in it and removes it, whatever comes of that.</summary>
    public T Use<T>(Func<T> work)
    {
        T result;
        try
        {
            result = work();
        }
        catch (Exception failure)
        {
            // What went wrong first is what is told.
            if (TryRemove() is { } remains) throw new Refusal(ExitCode.Failure, $"{failure.Message}; {remains}");
            throw;
        }
        return TryRemove() is { } left ? throw new Refusal(ExitCode.Failure, left) : result;
    }

    private string? TryRemove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"{Path} could not be removed: {problem.Message}";
        }
    }
}
