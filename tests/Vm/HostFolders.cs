using System.Globalization;

namespace ByteFuse.VmSuite;

/// <summary>
/// Folders of this machine that a virtual machine sees below /host, copied onto one read-only disk: that needs no driver beside
/// the root's, and reading it costs the guest less than any file system over a socket.
/// </summary>
internal sealed class HostFolders(string work)
{
    /// <summary>What ext4 takes for itself: its tables, and folders.</summary>
    private const long Overhead = 32L << 20;

    private const long Block = 4096;

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(work, "host")).FullName;

    /// <summary>The disk's image.</summary>
    internal string Disk { get; } = Path.Combine(work, "host.img");

    /// <summary>Makes <paramref name="folder"/> /host/NAME in the guest; NAME may have slashes.</summary>
    internal void Add(string name, string folder)
    {
        string target = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Command.Check("cp", "-a", "--", Path.TrimEndingDirectorySeparator(folder), target);
    }

    /// <summary>Makes the disk of what was added.</summary>
    internal void MakeDisk()
    {
        long size = Overhead;
        foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories))
            size += (file.Length + Block - 1) / Block * Block + 256;
        string kibibytes = (size / 1024).ToString(CultureInfo.InvariantCulture) + "k";
        Command.Check("mke2fs", "-q", "-t", "ext4", "-m", "0", "-O", "^has_journal", "-d", _folder, Disk, kibibytes);
        Directory.Delete(_folder, recursive: true);
    }
}
