using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// Finds the shared library whatever its soname: distributions ship librocksdb.so.7.8, .so.8.9, ... and the name without a
/// version comes only with the development package.
/// </summary>
internal static class NativeLibraryLocator
{
    /// <summary>The library's name in the imports.</summary>
    public const string Name = "rocksdb";

    private const string Stem = "librocksdb.so";

    // 8.0.0 to 8.5.0: where a compaction cannot read the beginning of a table, it goes on without that table's keys (RocksDB's
    // HISTORY.md, 8.5.1).
    private static readonly long FirstLosingData = Version(Stem + ".8.0.0");
    private static readonly long FirstMended = Version(Stem + ".8.5.1");

    /// <summary>Makes the runtime ask here; called once, before the first import.</summary>
    public static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLocator).Assembly, Resolve);

    /// <summary>The library files of a set of folders, newest version first.</summary>
    public static IEnumerable<string> Candidates(IEnumerable<string> folders) =>
        folders
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, Stem + ".*"))
            .OrderByDescending(Version)
            .ThenBy(path => path, StringComparer.Ordinal);

    /// <summary>
    /// True for a library file, named without symbolic links, of a version that may lose data. The C interface does not tell the
    /// version, the names of distributions' files do; one without a patch level counts as its first.
    /// </summary>
    public static bool MayLoseData(string file) => Version(file) is var version && version >= FirstLosingData && version < FirstMended;

    /// <summary>Loads the library and names its file; <see cref="DllNotFoundException"/> where none can be used.</summary>
    public static string? Locate()
    {
        Resolve(Name, typeof(NativeLibraryLocator).Assembly, null);
        return Loaded();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name) return 0;
        if (NativeLibrary.TryLoad(Stem, assembly, search, out var handle))
        {
            if (Loaded() is { } loaded && MayLoseData(loaded)) throw Refused(loaded);
            return handle;
        }
        string? losing = null;
        foreach (var path in Candidates(Folders()))
        {
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (MayLoseData(file)) losing = file;
            else if (NativeLibrary.TryLoad(path, out handle)) return handle;
        }
        if (losing is not null) throw Refused(losing);
        throw new DllNotFoundException(
            "The RocksDB library (librocksdb.so.*) is not installed: apt-get install librocksdb7.8 (Debian 12) or your distribution's librocksdb.");
    }

    private static DllNotFoundException Refused(string file) => new(
        $"The RocksDB library {file} is of a version that may lose data (8.0.0 to 8.5.0): install 8.5.1 or later, or one before 8.0.");

    // Where the loader's own search found it; a mapped file has its name without symbolic links.
    private static string? Loaded() =>
        File.ReadLines("/proc/self/maps")
            .Select(line => line.IndexOf('/') is var start and >= 0 ? line[start..] : "")
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(Stem, StringComparison.Ordinal));

    private static string[] Folders()
    {
        var triplet = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x86_64-linux-gnu",
            Architecture.Arm64 => "aarch64-linux-gnu",
            _ => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant() + "-linux-gnu",
        };
        return ["/usr/local/lib", "/usr/lib/" + triplet, "/lib/" + triplet, "/usr/lib64", "/lib64", "/usr/lib", "/lib"];
    }

    // Compared number by number: .so.10.2 is newer than .so.7.8.
    private static long Version(string path)
    {
        var version = 0L;
        var parts = Path.GetFileName(path)[Stem.Length..].TrimStart('.').Split('.');
        for (var i = 0; i < 3; i++)
        {
            var part = i < parts.Length && int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            version = (version * 100_000) + Math.Min(part, 99_999);
        }
        return version;
    }
}
