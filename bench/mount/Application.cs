using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>Unpacks and compiles zlib: many small files, short-lived processes, page-cache reads.</summary>
public static class Application
{
    public static IEnumerable<(string Name, double Seconds)> Run(string directory, string archive)
    {
        string folder = Path.Combine(directory, "zlib");
        Directory.CreateDirectory(folder);
        yield return Time("untar zlib", "tar", "-xf", archive, "-C", folder, "--strip-components=1");
        yield return Time("configure and make zlib", "env", "-C", folder, "bash", "-ec", "./configure >log && make -j2 libz.a >>log");
        yield return Time("rm -r zlib", "rm", "-r", folder);
    }

    private static (string, double) Time(string name, string program, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        Command.Check(program, arguments);
        return (name, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
