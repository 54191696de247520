using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>Unpacks and compiles zlib: many small files, short-lived processes, page-cache reads.</summary>
public static class Application
{
    /// <summary>The figure of unpacking and compiling together.</summary>
    public const string Both = "untar, configure and make zlib";

    public static IEnumerable<Value> Run(string directory)
    {
        // Fetched the first time.
        string archive = Command.Check(Path.Combine(Repository.Root(), "tests/fetch-source"), "zlib").Trim();
        string folder = Path.Combine(directory, "zlib");
        Directory.CreateDirectory(folder);
        double untar = Time("tar", "-xf", archive, "-C", folder, "--strip-components=1");
        yield return new Value("untar zlib", "s", untar);
        double make = Time("env", "-C", folder, "bash", "-ec", "./configure >log && make -j2 libz.a >>log");
        yield return new Value("configure and make zlib", "s", make);
        yield return new Value(Both, "s", untar + make);
        yield return new Value("rm -r zlib", "s", Time("rm", "-r", folder));
    }

    private static double Time(string program, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        Command.Check(program, arguments);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
