namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// Paths for a lane's operations. It remembers the names that earlier operations tried to make, so that later ones often meet something;
/// it does not know whether they succeeded, which keeps operations independent of each other.
/// </summary>
public sealed class NamePool(SeededRandom random, string root)
{
    // Few names and little depth: collisions are what finds faults.
    private const int Remembered = 16;
    private const int DeepestLevel = 4;

    // The last name is no UTF-8: a lone surrogate stands for the raw byte 0xFF (see Sys).
    private static readonly string[] FileNames = ["a", "b", "c", "d", "ü", "with space", "x\uDCFF"];

    private static readonly string[] DirectoryNames = ["p", "q", "r", "s"];

    private static readonly string LongestName = new('n', 255);
    private static readonly string TooLongName = new('n', 256);

    private readonly List<string> directories = [];
    private readonly List<string> files = [];

    /// <summary>The lane's root.</summary>
    public string Root => root;

    /// <summary>A path that an earlier operation may have made, or a new one.</summary>
    public string Any()
    {
        var known = random.Chance(60) ? files : directories;
        var path = known.Count > 0 && random.Chance(85) ? random.Pick(known) : Child(FileNames);
        return random.Chance(3) ? path + random.Pick(["/", "/.", "/..", "/a", "/a/b"]) : path;
    }

    /// <summary>A path that may name a file.</summary>
    public string File() => files.Count > 0 && random.Chance(85) ? random.Pick(files) : Any();

    /// <summary>A path that may name a directory.</summary>
    public string Directory() => directories.Count > 0 && random.Chance(85) ? random.Pick(directories) : random.Chance(40) ? root : Any();

    /// <summary>A path for something new, remembered as a file.</summary>
    public string NewFile() => Remember(files, Child(random.Chance(95) ? FileNames : DirectoryNames));

    /// <summary>A path for something new, remembered as a directory.</summary>
    public string NewDirectory() => Remember(directories, Child(random.Chance(95) ? DirectoryNames : FileNames));

    /// <summary>A relative path that never ascends: what a symbolic link may point at without leaving the tree.</summary>
    public string LinkTarget() => random.Below(8) switch
    {
        0 => ".",
        1 => random.Pick(DirectoryNames) + "/" + random.Pick(FileNames),
        2 => "./" + random.Pick(FileNames),
        3 => string.Concat(Enumerable.Repeat("missing/", 100 + random.Below(400))) + "x",
        4 or 5 => random.Pick(DirectoryNames),
        _ => random.Pick(FileNames),
    };

    private string Child(string[] names)
    {
        var parent = directories.Count > 0 && random.Chance(70) ? random.Pick(directories) : root;
        if (parent.Count(character => character == '/') >= DeepestLevel)
            parent = root;
        var name = random.Chance(97) ? random.Pick(names) : random.Pick([LongestName, TooLongName]);
        return $"{parent}/{name}";
    }

    private string Remember(List<string> list, string path)
    {
        if (list.Contains(path))
            return path;
        if (list.Count == Remembered)
            list.RemoveAt(random.Below(list.Count));
        list.Add(path);
        return path;
    }
}
