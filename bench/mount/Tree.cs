using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>
/// The phases of mdtest -b 6 -z 4 -I 8: a tree of branching 6 and depth 4 (1555 directories), 8 files in each (12,440), created,
/// stated, read (open, close) and removed one phase after another by one thread. Paths are made before the clock starts.
/// </summary>
public sealed class Tree
{
    private const int Branching = 6;
    private const int Depth = 4;
    private const int Items = 8;
    private readonly List<string> _directories = [];
    private readonly List<string> _files = [];

    /// <param name="root">Directory of the tree, which must not exist.</param>
    public Tree(string root) => Add(root, 0);

    /// <summary>Runs all phases; operations per second by the phase's name.</summary>
    public IEnumerable<(string Phase, double PerSecond)> Run()
    {
        yield return Time("directory create", _directories, path => Sys.Mkdir(path));
        yield return Time("file create", _files, path => OpenAndClose(path, Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY));
        // What stat(2) asks: Sys.Stat asks for the birth time too.
        yield return Time("file stat", _files, path => Sys.Statx(Abi.AT_FDCWD, path, 0, Abi.STATX_BASIC_STATS, out _));
        yield return Time("file read", _files, path => OpenAndClose(path, Abi.O_RDONLY));
        yield return Time("file remove", _files, Sys.Unlink);
        yield return Time("directory remove", [.. Enumerable.Reverse(_directories)], Sys.Rmdir);
    }

    private static (string Phase, double PerSecond) Time(string phase, List<string> paths, Func<string, long> operation)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string path in paths)
        {
            long result = operation(path);
            if (result < 0)
                throw new InvalidOperationException($"{phase} {path}: {Abi.ErrnoName(result)}");
        }
        return (phase, paths.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static long OpenAndClose(string path, int flags)
    {
        long fd = Sys.Open(path, flags | Abi.O_CLOEXEC, 0x1A4);
        return fd < 0 ? fd : Sys.Close(fd);
    }

    private void Add(string directory, int level)
    {
        _directories.Add(directory);
        for (int i = 0; i < Items; i++)
            _files.Add(Path.Combine(directory, $"file.{i}"));
        for (int i = 0; level < Depth && i < Branching; i++)
            Add(Path.Combine(directory, $"dir.{i}"), level + 1);
    }
}
