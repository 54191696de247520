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

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name) return 0;
        if (NativeLibrary.TryLoad(Stem, assembly, search, out var handle)) return handle;
        foreach (var path in Candidates(Folders()))
        {
            if (NativeLibrary.TryLoad(path, out handle)) return handle;
        }
        throw new DllNotFoundException(
            "The RocksDB library (librocksdb.so.*) is not installed: apt-get install librocksdb7.8 (Debian 12) or your distribution's librocksdb.");
    }

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
        var parts = Path.GetFileName(path)[(Stem.Length + 1)..].Split('.');
        for (var i = 0; i < 3; i++)
        {
            var part = i < parts.Length && int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            version = (version * 100_000) + Math.Min(part, 99_999);
        }
        return version;
    }
}
