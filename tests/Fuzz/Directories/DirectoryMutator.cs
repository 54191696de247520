using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Directories;

/// <summary>
/// Adds, removes and renames names of its own in a directory, and moves them to another and back, until told to stop. It alone
/// touches those names, so it knows at any time which of them exist.
/// </summary>
public sealed class DirectoryMutator(ulong seed, string folder, string otherFolder, string prefix)
{
    /// <summary>Names that come and go: enough to fill and empty directory blocks again and again.</summary>
    private const int NameCount = 200;

    private readonly SeededRandom random = new(seed);
    private readonly HashSet<string> present = new(StringComparer.Ordinal);
    private readonly HashSet<string> moved = new(StringComparer.Ordinal);

    /// <summary>Its names that are in the folder, once it has stopped.</summary>
    public IReadOnlySet<string> Present => present;

    /// <summary>Changes made.</summary>
    public long Changes { get; private set; }

    /// <summary>Works until the token is cancelled; throws upon an unexpected error.</summary>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Change(PickName());
            Changes++;
        }
    }

    // Short and long names, so that entries do not fit into each other's places.
    private string PickName()
    {
        var number = random.Below(NameCount);
        return $"{prefix}{number}{new string('-', number * 37 % 150)}";
    }

    private void Change(string name)
    {
        var path = $"{folder}/{name}";
        if (moved.Remove(name))
        {
            Require($"rename {name} back", Sys.Rename($"{otherFolder}/{name}", path));
            present.Add(name);
        }
        else if (present.Add(name))
        {
            Create(path);
        }
        else
        {
            RemoveOrRename(name, path);
        }
    }

    private void RemoveOrRename(string name, string path)
    {
        switch (random.Below(4))
        {
            case 0:
                var target = PickName();
                if (target == name || moved.Contains(target))
                    return;
                Require($"rename {name} {target}", Sys.Rename(path, $"{folder}/{target}"));
                present.Remove(name);
                present.Add(target);
                return;
            case 1:
                Require($"rename {name} away", Sys.Rename(path, $"{otherFolder}/{name}"));
                present.Remove(name);
                moved.Add(name);
                return;
            default:
                Require($"unlink {name}", Sys.Unlink(path));
                present.Remove(name);
                return;
        }
    }

    private static void Create(string path) =>
        Require($"create {path}", Sys.Close(Require("create", Sys.Open(path, Abi.O_WRONLY | Abi.O_CREAT | Abi.O_EXCL | Abi.O_CLOEXEC, 0x180))));

    private static long Require(string call, long result) =>
        result >= 0 ? result : throw new DirectoryFaultException($"{call}: {Abi.ErrnoName(result)}");
}
