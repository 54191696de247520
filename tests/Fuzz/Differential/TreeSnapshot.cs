using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>Everything comparable of a tree: per path its attributes, contents, target, extended attributes and hard links.</summary>
public sealed class TreeSnapshot
{
    private readonly SortedDictionary<string, List<(string Name, string Value)>> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> firstPaths = [];
    private readonly string root;
    private readonly long startSeconds;

    private TreeSnapshot(Side side) => (root, startSeconds) = (side.Root, side.StartSeconds);

    /// <summary>Reads a side's whole tree, as root.</summary>
    public static TreeSnapshot Of(Side side)
    {
        var snapshot = new TreeSnapshot(side);
        snapshot.Visit("");
        return snapshot;
    }

    /// <summary>The first disagreement with <paramref name="other"/> in the order of paths, or null.</summary>
    public Difference? FirstDifference(TreeSnapshot other, int round)
    {
        foreach (var path in entries.Keys.Union(other.entries.Keys).Order(StringComparer.Ordinal))
        {
            var mine = entries.GetValueOrDefault(path);
            var theirs = other.entries.GetValueOrDefault(path);
            if (mine is null || theirs is null)
                return new Difference("tree: existence", $"tree: {path} exists only on side {(theirs is null ? "A" : "B")}", round);
            foreach (var (name, value) in mine)
            {
                var counterpart = theirs.Find(pair => pair.Name == name).Value;
                if (counterpart != value)
                    return new Difference($"tree: {name}", $"tree: {path}: {name}\n  A: {value}\n  B: {counterpart}", round);
            }
        }
        return null;
    }

    private void Visit(string path)
    {
        var absolute = root + path;
        var found = Sys.Lstat(absolute, out var status);
        if (found < 0)
        {
            entries[path] = [("lstat", Abi.ErrnoName(found))];
            return;
        }
        var attributes = Attributes.Of(status, startSeconds);
        var type = Attributes.TypeOf(status);
        entries[path] = attributes;
        attributes.Add(("xattrs", DescribeXattrs(absolute)));
        if (type == NodeType.Directory)
            VisitChildren(path, status.Inode);
        else
            attributes.Add(("hard link of", firstPaths.TryAdd(status.Inode, path) ? path : firstPaths[status.Inode]));
        if (type == NodeType.Regular)
            attributes.Add(("content", ContentDigest.OfFile(absolute)));
        if (type == NodeType.SymbolicLink)
        {
            var length = Sys.Readlink(absolute, out string target);
            attributes.Add(("target", length < 0 ? Abi.ErrnoName(length) : target));
        }
    }

    private void VisitChildren(string path, ulong inode)
    {
        var result = Sys.ReadDirectory(root + path, out var children);
        var complaint = result < 0 ? Abi.ErrnoName(result) : "";
        if (children.Find(child => child.Name == ".").Inode != inode)
            complaint += " \".\" missing or of another inode";
        if (!children.Exists(child => child.Name == ".."))
            complaint += " \"..\" missing";
        // In the order of names: which path of a hard-linked file comes first must not depend on the listing's order.
        foreach (var child in children.OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            if (child.Name is "." or "..")
                continue;
            if (Sys.Lstat($"{root}{path}/{child.Name}", out var status) == 0)
            {
                // d_type is the upper four bits of the mode, or 0 where a file system does not say.
                if (status.Inode != child.Inode || (child.Type != 0 && child.Type != status.Type >> 12))
                    complaint += $" {child.Name}: d_ino or d_type is not lstat's";
            }
            Visit($"{path}/{child.Name}");
        }
        entries[path].Add(("listing", complaint.Length == 0 ? "sound" : complaint));
    }

    private static string DescribeXattrs(string path)
    {
        var length = Sys.ListXattr(path, out string[] names);
        // A file system without extended attributes has none to compare; the operations on them show that it refuses them.
        if (length == -(long)Errno.EOPNOTSUPP)
            return "";
        if (length < 0)
            return Abi.ErrnoName(length);
        var value = new byte[Abi.XATTR_SIZE_MAX];
        return string.Join(' ', names.Order(StringComparer.Ordinal).Select(name =>
        {
            var size = Sys.LgetXattr(path, name, value);
            return $"{name}={(size < 0 ? Abi.ErrnoName(size) : Convert.ToHexString(value.AsSpan(0, (int)size)))}";
        }));
    }
}
