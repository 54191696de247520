using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>Which states a scenario allows a directory to be in.</summary>
/// <param name="FirstLength">Operations that must be there: the journal may not have lost one of these.</param>
/// <param name="LastLength">Operations whose names may be there; one more stands for the operation in flight.</param>
/// <param name="DataSinceFsync">
/// False: the daemon died, not the machine, so a file's bytes are those of its version in the accepted state or of a later one.
/// True: the machine died, so bytes may also be those of any version since the file's last fsync, or a hole where it grew.
/// </param>
public readonly record struct Allowance(int FirstLength, int LastLength, bool DataSinceFsync, int FsyncsWithin = int.MaxValue);

/// <summary>
/// Decides whether a directory after a crash is one that the journal explains: its names must be those after some allowed prefix
/// of the journal, and each file's size and every byte must come from a version that the prefix and the allowance permit.
/// </summary>
public sealed class DirectoryCheck
{
    private readonly List<Operation> _operations;
    private readonly List<IReadOnlyDictionary<string, FileVersion>> _states = [];

    // For each file id, its versions: the length of the journal at which it began, and its bytes.
    private readonly Dictionary<int, List<(int Length, byte[] Bytes)>> _versions = [];

    // For each file id, the lengths of the journal at which an fsync of it was acknowledged.
    private readonly Dictionary<int, List<int>> _fsyncs = [];

    private DirectoryCheck(IReadOnlyDictionary<string, byte[]> baseline, List<Operation> operations)
    {
        _operations = operations;
        var model = new DirectoryModel(baseline);
        Remember(model, 0);
        // The baseline was there after a crash and is as durable as anything: it counts as synced.
        foreach (FileVersion file in model.Files.Values)
            _fsyncs[file.Id] = [0];
        for (int length = 1; length <= operations.Count; length++)
        {
            Operation operation = operations[length - 1];
            model.Apply(operation);
            if (operation.Kind == OperationKind.Fsync)
                Add(_fsyncs, model.Files[operation.Name].Id, length);
            Remember(model, length);
        }
    }

    /// <summary>Null if the journal explains what is there; else why the best candidate does not.</summary>
    public static string? Explain(Writer writer, IReadOnlyDictionary<string, byte[]> found, Allowance allowance) =>
        Explain(writer.Baseline, writer.Journal, writer.InFlight, found, allowance);

    public static string? Explain(
        IReadOnlyDictionary<string, byte[]> baseline,
        IReadOnlyList<Operation> journal,
        Operation? inFlight,
        IReadOnlyDictionary<string, byte[]> found,
        Allowance allowance)
    {
        List<Operation> operations = [.. journal];
        if (inFlight is not null)
            operations.Add(inFlight);
        int last = allowance.LastLength >= journal.Count ? operations.Count : allowance.LastLength;
        return new DirectoryCheck(baseline, operations).Explain(found, allowance, last);
    }

    private string? Explain(IReadOnlyDictionary<string, byte[]> found, Allowance allowance, int last)
    {
        string? reason = null;
        for (int length = last; length >= allowance.FirstLength; length--)
        {
            IReadOnlyDictionary<string, FileVersion> state = _states[length];
            string? mismatch = CompareNames(state, found)
                ?? state.Select(file => CompareFile(file.Key, file.Value, found[file.Key], length, allowance))
                    .FirstOrDefault(text => text is not null);
            if (mismatch is null)
                return null;
            // The candidate with the right names says most about what went wrong.
            if (reason is null || !mismatch.StartsWith("names", StringComparison.Ordinal))
                reason = $"{mismatch} (after {length} of {_operations.Count} operations, {allowance})";
        }
        return reason ?? $"no state is allowed: {allowance}, {_operations.Count} operations";
    }

    private static string? CompareNames(IReadOnlyDictionary<string, FileVersion> state, IReadOnlyDictionary<string, byte[]> found)
    {
        string[] missing = [.. state.Keys.Except(found.Keys)];
        string[] extra = [.. found.Keys.Except(state.Keys)];
        return missing.Length + extra.Length == 0
            ? null
            : $"names: missing [{string.Join(' ', missing)}], not expected [{string.Join(' ', extra)}]";
    }

    private string? CompareFile(string name, FileVersion version, byte[] found, int length, Allowance allowance)
    {
        List<(int Length, byte[] Bytes)> versions = _versions[version.Id];
        int from = length;
        int durableSize = int.MaxValue;
        if (allowance.DataSinceFsync)
        {
            const int Never = -1;
            int fsync = _fsyncs.GetValueOrDefault(version.Id, []).LastOrDefault(at => at <= length && at <= allowance.FsyncsWithin, Never);
            from = fsync == Never ? versions[0].Length : fsync;
            durableSize = fsync == Never ? 0 : versions.Last(item => item.Length <= from).Bytes.Length;
        }
        int first = versions.FindLastIndex(item => item.Length <= from);
        byte[][] allowed = [.. versions.Skip(Math.Max(first, 0)).Select(item => item.Bytes)];
        int least = Math.Min(durableSize, allowed.Min(bytes => bytes.Length));
        int most = allowed.Max(bytes => bytes.Length);
        if (found.Length < least || found.Length > most)
            return $"{name}: {found.Length} bytes, expected {least} to {most} ({allowed.Length} versions)";
        // What lay beyond the end at some time since the fsync may read as zeros: ext4 extends the size on disk when it submits
        // the data and converts the extents when they have been written (fs/ext4/inode.c, mpage_map_and_submit_extent).
        int zerosFrom = allowance.DataSinceFsync ? least : int.MaxValue;
        for (int at = 0; at < found.Length; at++)
        {
            if (!(found[at] == 0 && at >= zerosFrom) && !IsAllowed(allowed, at, found[at]))
                return $"{name}: byte {at} of {found.Length} is {found[at]:x2}, in none of {allowed.Length} versions";
        }
        return null;
    }

    private static bool IsAllowed(byte[][] versions, int at, byte value)
    {
        foreach (byte[] bytes in versions)
        {
            if (at < bytes.Length && bytes[at] == value)
                return true;
        }
        return false;
    }

    private void Remember(DirectoryModel model, int length)
    {
        _states.Add(new Dictionary<string, FileVersion>(model.Files));
        foreach (FileVersion file in model.Files.Values)
        {
            if (!_versions.TryGetValue(file.Id, out List<(int Length, byte[] Bytes)>? versions))
                _versions[file.Id] = versions = [];
            if (versions.Count == 0 || !ReferenceEquals(versions[^1].Bytes, file.Bytes))
                versions.Add((length, file.Bytes));
        }
    }

    private static void Add(Dictionary<int, List<int>> lists, int id, int value)
    {
        if (!lists.TryGetValue(id, out List<int>? list))
            lists[id] = list = [];
        list.Add(value);
    }

    /// <summary>Reads a writer's directory: every name and all bytes.</summary>
    public static Dictionary<string, byte[]> Read(string path)
    {
        long result = Sys.ReadDirectory(path, out List<DirectoryEntry> entries);
        if (result < 0)
            throw new InvalidOperationException($"reading {path}: {Abi.ErrnoName(result)}");
        var found = new Dictionary<string, byte[]>();
        foreach (DirectoryEntry entry in entries.Where(entry => entry.Name is not ("." or "..")))
        {
            if (!found.TryAdd(entry.Name, File.ReadAllBytes(Path.Combine(path, entry.Name))))
                throw new InvalidOperationException($"{path} lists {entry.Name} twice");
        }
        return found;
    }
}
