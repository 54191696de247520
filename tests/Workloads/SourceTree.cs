using System.Text;
using ByteFuse.Testing;

namespace ByteFuse.Workloads;

/// <summary>Generated source-like trees, the same for the same seed, and Debian's source packages.</summary>
public static class SourceTree
{
    /// <summary>Writes <paramref name="files"/> text files of 0 to 16 KiB, 40 to a directory, some executable, some symlinks.</summary>
    public static void Generate(string root, int files, int seed)
    {
        const int FilesPerDirectory = 40;
        var random = new Random(seed);
        for (int i = 0; i < files; i++)
        {
            int directory = i / FilesPerDirectory;
            string folder = Path.Combine(root, $"part{directory % 7}", $"module-{directory}");
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, $"file {i}.c");
            if (i % 53 == 52)
            {
                File.CreateSymbolicLink(path, $"file {i - 1}.c");
                continue;
            }
            File.WriteAllText(path, Text(random, random.Next(16 * 1024)));
            if (i % 29 == 0)
                Sys.Chmod(path, 0x1ED); // 0755
        }
    }

    /// <summary>Lines of words, of about the given length in bytes.</summary>
    public static string Text(Random random, int length)
    {
        var text = new StringBuilder(length + 16);
        while (text.Length < length)
            text.Append("word").Append(random.Next(5000)).Append(random.Next(9) == 0 ? '\n' : ' ');
        return text.ToString();
    }

    /// <summary>Downloads (once) and unpacks the upstream source of a Debian package; the directory it lies in.</summary>
    public static string Unpack(string package, string target)
    {
        string archive = Fetch(package);
        Directory.CreateDirectory(target);
        Command.Check("tar", "-xf", archive, "-C", target);
        return Directory.GetDirectories(target).Single();
    }

    /// <summary>The upstream archive of a Debian package, in the cache of tests/fetch-source.</summary>
    public static string Fetch(string package) =>
        Command.Check(Path.Combine(RepositoryRoot(), "tests/fetch-source"), package).Trim();

    private static string RepositoryRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "ByteFuse.slnx")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new WorkloadFailedException("run from a checkout: ByteFuse.slnx not found above the executable");
    }
}
