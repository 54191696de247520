using ByteFuse.Testing;
using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>A million files (small: 50,000): half in one directory, half nested; listed, removed while listing, counted exactly.</summary>
public static class ManyFilesWorkload
{
    private const int Fanout = 50;

    public static void Run(WorkArea area)
    {
        int half = area.Pick(25_000, 500_000);
        string flat = Path.Combine(area.Inside, "flat");
        string nested = Path.Combine(area.Inside, "nested");
        Sys.Mkdir(flat);
        for (int i = 0; i < half; i++)
            Create(Path.Combine(flat, Name(i)));
        CreateNested(nested, half);

        List<string> names = List(flat);
        Equal(half, names.Count, "names listed in the flat directory");
        var expected = new HashSet<string>(Enumerable.Range(0, half).Select(Name));
        Check(expected.SetEquals(names), "the flat directory's names are not the created ones");
        Equal($"{half}", area.Shell("""find "$IN/nested" -type f | wc -l""").Trim(), "files that find sees in the nested tree");

        // rm -r reads on while it removes: an entry must neither be skipped nor come twice.
        area.Shell("""find "$IN/nested" -type f -name '*3' -delete""");
        int left = Enumerable.Range(0, half).Count(i => i % 10 != 3);
        Equal($"{left}", area.Shell("""find "$IN/nested" -type f | wc -l""").Trim(), "files left after find -delete");
        for (int i = 0; i < half; i += 2)
            Expect(Sys.Unlink(Path.Combine(flat, Name(i))), "unlink");
        Equal(half / 2, List(flat).Count, "names after every second was removed");
        area.Shell("""rm -rf "$IN/nested" && rm "$IN"/flat -r""");
        Equal(0, Directory.GetFileSystemEntries(area.Inside).Length, "entries left in the work area");
    }

    private static string Name(int i) => $"file-{i:x8}-{i}";

    private static void CreateNested(string root, int files)
    {
        Sys.Mkdir(root);
        for (int i = 0; i < files; i++)
        {
            int directory = i / Fanout;
            string path = Path.Combine(root, $"{directory % Fanout}", $"{directory}");
            if (i % Fanout == 0)
                Directory.CreateDirectory(path);
            Create(Path.Combine(path, Name(i)));
        }
    }

    private static void Create(string path)
    {
        long fd = Sys.Open(path, Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY | Abi.O_CLOEXEC, 0x1A4);
        Expect(fd, $"create {path}");
        Sys.Close(fd);
    }

    private static List<string> List(string path)
    {
        Expect(Sys.ReadDirectory(path, out List<DirectoryEntry> entries), $"list {path}");
        return [.. entries.Select(entry => entry.Name).Where(name => name is not ("." or ".."))];
    }

    private static void Expect(long result, string what) => Check(result >= 0, $"{what}: {Abi.ErrnoName(result)}");
}
