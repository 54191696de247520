using System.Security.Cryptography;
using System.Text;
using ByteFuse.Testing;

namespace ByteFuse.Workloads;

/// <summary>Which attributes two trees must agree in, beyond names, types, contents and link targets.</summary>
[Flags]
public enum TreeAspects
{
    Content = 0,
    Modes = 1,
    Owners = 2,
    Times = 4,
    Links = 8,
    Xattrs = 16,
    All = Modes | Owners | Times | Links | Xattrs,
}

/// <summary>One line of text for each file of a tree, in the order of names: equal trees have equal images.</summary>
public sealed class TreeImage
{
    private readonly SortedDictionary<string, string> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _firstNames = [];
    private readonly TreeAspects _aspects;
    private readonly Func<string, bool> _skip;

    private TreeImage(TreeAspects aspects, Func<string, bool> skip) => (_aspects, _skip) = (aspects, skip);

    public int Count => _lines.Count;

    /// <param name="root">The directory whose entries are taken; its own attributes are not.</param>
    /// <param name="aspects">What a line says.</param>
    /// <param name="skip">Names directly below the root that are left out.</param>
    public static TreeImage Of(string root, TreeAspects aspects, Func<string, bool>? skip = null)
    {
        var image = new TreeImage(aspects, skip ?? (_ => false));
        image.AddDirectory(root, "");
        return image;
    }

    /// <summary>Throws with the first differences when two trees are not alike.</summary>
    public static void Same(TreeImage expected, TreeImage actual, string what)
    {
        List<string> names = [.. expected._lines.Keys.Union(actual._lines.Keys)
            .Where(name => expected._lines.GetValueOrDefault(name) != actual._lines.GetValueOrDefault(name))];
        if (names.Count == 0)
            return;
        const int Shown = 5;
        IEnumerable<string> differences = names.Take(Shown)
            .Select(name => $"\n  {name}: expected {expected.Say(name)}\n    found {actual.Say(name)}");
        throw new WorkloadFailedException($"{what}: {names.Count} files differ{string.Concat(differences)}");
    }

    private string Say(string name) => _lines.GetValueOrDefault(name, "nothing");

    private void AddDirectory(string root, string relative)
    {
        string path = Path.Combine(root, relative);
        long result = Sys.ReadDirectory(path, out List<DirectoryEntry> entries);
        WorkArea.Check(result == 0, $"reading directory {path}: {Abi.ErrnoName(result)}");
        foreach (string name in entries.Select(entry => entry.Name).Order(StringComparer.Ordinal))
        {
            if (name is "." or ".." || (relative == "" && _skip(name)))
                continue;
            AddEntry(root, relative == "" ? name : $"{relative}/{name}");
        }
    }

    private void AddEntry(string root, string relative)
    {
        string path = Path.Combine(root, relative);
        long result = Sys.Lstat(path, out FileStatus status);
        WorkArea.Check(result == 0, $"lstat {path}: {Abi.ErrnoName(result)}");
        bool directory = status.Type == Abi.S_IFDIR;
        var line = new StringBuilder($"type {status.Type:x}");
        if (_aspects.HasFlag(TreeAspects.Modes))
            line.Append($" mode {Convert.ToString(status.Mode, 8)}");
        if (_aspects.HasFlag(TreeAspects.Owners))
            line.Append($" owner {status.Uid}:{status.Gid}");
        if (_aspects.HasFlag(TreeAspects.Times))
            line.Append($" mtime {status.ModifyTime}");
        if (_aspects.HasFlag(TreeAspects.Links) && !directory)
            line.Append($" links {status.LinkCount} first {FirstName(status.Inode, relative)}");
        if (_aspects.HasFlag(TreeAspects.Xattrs))
            AddXattrs(path, line);
        if (status.Type == Abi.S_IFREG)
            line.Append($" size {status.Size} sha256 {ContentDigest(path)}");
        if (status.Type == Abi.S_IFLNK)
            line.Append($" target {(Sys.Readlink(path, out string target) < 0 ? "?" : target)}");
        _lines.Add(relative, line.ToString());
        if (directory)
            AddDirectory(root, relative);
    }

    private string FirstName(ulong inode, string relative) =>
        _firstNames.TryAdd(inode, relative) ? relative : _firstNames[inode];

    private static void AddXattrs(string path, StringBuilder line)
    {
        if (Sys.ListXattr(path, out string[] names) <= 0)
            return;
        var value = new byte[Abi.XATTR_SIZE_MAX];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            long length = Sys.LgetXattr(path, name, value);
            line.Append($" {name}={(length < 0 ? Abi.ErrnoName(length) : Convert.ToHexString(value, 0, (int)length))}");
        }
    }

    // Not through System.IO: its paths cannot hold bytes that are not UTF-8.
    private static string ContentDigest(string path)
    {
        long fd = Sys.Open(path, Abi.O_RDONLY | Abi.O_CLOEXEC);
        WorkArea.Check(fd >= 0, $"open {path}: {Abi.ErrnoName(fd)}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        long count;
        while ((count = Sys.Read(fd, buffer)) > 0)
            hash.AppendData(buffer, 0, (int)count);
        Sys.Close(fd);
        WorkArea.Check(count == 0, $"read {path}: {Abi.ErrnoName(count)}");
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
