using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Directories;

/// <summary>
/// Lists a directory with small buffers while it changes. What POSIX and Linux promise: an entry that is there all the time
/// appears exactly once, and the offset of an entry continues right after it, even when that entry is gone by then.
/// </summary>
public sealed class DirectoryReader(ulong seed, string folder, IReadOnlyList<string> stable, Func<string, bool> mayAppear)
{
    // 19 bytes of struct linux_dirent64 before the name, 255 of name, a NUL, rounded up to 8.
    private const int SmallestBuffer = 280;
    private const int LargestBuffer = 4096;

    private readonly SeededRandom random = new(seed);
    private readonly HashSet<string> stableNames = new(stable, StringComparer.Ordinal);

    /// <summary>Listings done.</summary>
    public int Listings { get; private set; }

    /// <summary>Entries seen in all of them.</summary>
    public long Entries { get; private set; }

    /// <summary>Lists once in full, then goes back to a random entry's offset twice: on the same descriptor and on a new one.</summary>
    /// <exception cref="DirectoryFaultException">Where a listing is wrong.</exception>
    public void ListAndSeek()
    {
        var descriptor = Open();
        try
        {
            var all = List(descriptor);
            CheckComplete(all);
            var position = random.Below(all.Count);
            CheckContinuation(descriptor, all, position, "seek");
            var fresh = Open();
            try
            {
                CheckContinuation(fresh, all, position, "seek on a new descriptor");
            }
            finally
            {
                Sys.Close(fresh);
            }
            Require("rewind", Sys.Lseek(descriptor, 0, Abi.SEEK_SET));
            CheckComplete(List(descriptor));
            Listings++;
        }
        finally
        {
            Sys.Close(descriptor);
        }
    }

    /// <summary>Lists a directory that nobody changes: exactly these names and the two dots.</summary>
    public void CheckExactly(IEnumerable<string> names)
    {
        var descriptor = Open();
        try
        {
            var found = List(descriptor).Select(entry => entry.Name).Order(StringComparer.Ordinal).ToArray();
            var expected = names.Append(".").Append("..").Order(StringComparer.Ordinal).ToArray();
            if (found.SequenceEqual(expected))
                return;
            throw new DirectoryFaultException(
                $"at rest: missing [{string.Join(' ', expected.Except(found))}], unexpected [{string.Join(' ', found.Except(expected))}], "
                + $"{found.Length} entries, expected {expected.Length}");
        }
        finally
        {
            Sys.Close(descriptor);
        }
    }

    private long Open() => Require("open", Sys.Open(folder, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_CLOEXEC));

    private List<DirectoryEntry> List(long descriptor)
    {
        var entries = new List<DirectoryEntry>();
        long filled;
        do
        {
            filled = Sys.Getdents(descriptor, new byte[SmallestBuffer + random.Below(LargestBuffer - SmallestBuffer)], entries);
        }
        while (filled > 0);
        Require("getdents64", filled);
        Entries += entries.Count;
        return entries;
    }

    private void CheckComplete(List<DirectoryEntry> entries)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            seen[entry.Name] = seen.GetValueOrDefault(entry.Name) + 1;
            if (entry.Name is not ("." or "..") && !stableNames.Contains(entry.Name) && !mayAppear(entry.Name))
                throw new DirectoryFaultException($"listed a name that nobody made: {entry.Name}");
        }
        foreach (var name in stable.Append(".").Append(".."))
        {
            if (seen.GetValueOrDefault(name) != 1)
                throw new DirectoryFaultException($"{name} was there all the time and was listed {seen.GetValueOrDefault(name)} times");
        }
        var offsets = entries.Select(entry => entry.Offset).ToHashSet();
        if (offsets.Count != entries.Count && entries.DistinctBy(entry => entry.Name).Count() == entries.Count)
            throw new DirectoryFaultException("two entries of one listing have the same offset");
    }

    private void CheckContinuation(long descriptor, List<DirectoryEntry> all, int position, string how)
    {
        var offset = all[position].Offset;
        Require(how, Sys.Lseek(descriptor, offset, Abi.SEEK_SET));
        var expected = all.Skip(position + 1).Select(entry => entry.Name).Where(stableNames.Contains).ToArray();
        var found = List(descriptor).Select(entry => entry.Name).Where(stableNames.Contains).ToArray();
        if (expected.SequenceEqual(found))
            return;
        var first = expected.Zip(found).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new DirectoryFaultException(
            $"{how} to the offset {offset} of {all[position].Name}: {found.Length} lasting entries follow, expected {expected.Length}; the first that "
            + $"differs is {found.ElementAtOrDefault(first) ?? "none"} instead of {expected.ElementAtOrDefault(first) ?? "none"}");
    }

    private static long Require(string call, long result) =>
        result >= 0 ? result : throw new DirectoryFaultException($"{call}: {Abi.ErrnoName(result)}");
}
