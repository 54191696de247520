using System.Globalization;
using System.Text;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>A line of /proc/self/mountinfo.</summary>
/// <param name="Device">major:minor.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Type">The file system's type, with the subtype.</param>
/// <param name="Source">What is mounted.</param>
public sealed record MountEntry(string Device, string MountPoint, string Type, string Source)
{
    /// <summary><see cref="Device"/> as system calls take it.</summary>
    public ulong DeviceNumber
    {
        get
        {
            var numbers = Device.Split(':');
            return MountCalls.EncodeDevice(uint.Parse(numbers[0], CultureInfo.InvariantCulture), uint.Parse(numbers[1], CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>What is mounted, without touching any of it: a mount whose daemon is dead or stuck must not make us stick.</summary>
public static class MountTable
{
    /// <summary>The type of our mounts, unless subtype= says otherwise.</summary>
    public const string DefaultType = "fuse.bytefuse";

    private const string File = "/proc/self/mountinfo";

    /// <summary>All mounts of this process's mount namespace, in the order of mounting.</summary>
    public static IReadOnlyList<MountEntry> Read() => Parse(System.IO.File.ReadAllText(File));

    /// <summary>The topmost mount on exactly this path, or null.</summary>
    public static MountEntry? At(string mountPoint) => Read().LastOrDefault(entry => entry.MountPoint == mountPoint);

    /// <summary>The mount that holds an absolute path, as its text says.</summary>
    public static MountEntry? Holding(string path) =>
        Read().Where(entry => IsWithin(path, entry.MountPoint)).MaxBy(entry => entry.MountPoint.Length);

    /// <summary>True where a path is a directory or lies below it, as their texts say.</summary>
    public static bool IsWithin(string path, string directory) =>
        directory == "/" || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>Parses proc_pid_mountinfo(5).</summary>
    public static IReadOnlyList<MountEntry> Parse(string text)
    {
        var entries = new List<MountEntry>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ');
            // Six fields, then optional ones, which end with a lone dash.
            var dash = fields.Length > 6 ? Array.IndexOf(fields, "-", 6) : -1;
            if (dash < 0 || dash + 2 >= fields.Length) continue;
            entries.Add(new MountEntry(fields[2], Unescape(fields[4]), Unescape(fields[dash + 1]), Unescape(fields[dash + 2])));
        }
        return entries;
    }

    // The kernel writes space, tab, newline and backslash as three octal digits (mangle_path, fs/seq_file.c).
    private static string Unescape(string field)
    {
        if (!field.Contains('\\')) return field;
        var bytes = new List<byte>();
        var encoded = Encoding.UTF8.GetBytes(field);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '\\' && i + 3 < encoded.Length)
            {
                bytes.Add((byte)((encoded[i + 1] - '0') * 64 + (encoded[i + 2] - '0') * 8 + (encoded[i + 3] - '0')));
                i += 3;
            }
            else
            {
                bytes.Add(encoded[i]);
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The device of a mount as /sys names it, for instance 0:52.</summary>
    internal static string? DeviceOf(string mountPoint) => At(mountPoint)?.Device;
}
