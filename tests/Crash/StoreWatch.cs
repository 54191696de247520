using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>
/// Watches which files of the store's ext4 get synced, by the kernel's tracepoint ext4_sync_file_enter (it sees fsync and
/// fdatasync however issued). Pairing old metadata with new data is what a power cut can leave only while no sync of the metadata
/// lies between the two.
/// </summary>
public sealed class StoreWatch : IDisposable
{
    private readonly string _mount;
    private readonly string _instance;

    public StoreWatch(string scratch)
    {
        _mount = Directory.CreateDirectory(Path.Combine(scratch, "tracing")).FullName;
        long result = Sys.Mount("nodev", _mount, "tracefs", 0, "");
        if (result < 0)
            throw new InvalidOperationException($"mount -t tracefs: {Abi.ErrnoName(result)}");
        // An instance of its own: nobody else's tracing is disturbed.
        _instance = Path.Combine(_mount, "instances", $"crash-{Environment.ProcessId}");
        Directory.CreateDirectory(_instance);
        File.WriteAllText(Path.Combine(_instance, "events/ext4/ext4_sync_file_enter/enable"), "1");
    }

    /// <summary>Forgets what was seen so far.</summary>
    public void Reset()
    {
        // Opening with O_TRUNC is what clears it (tracing_open in kernel/trace/trace.c); .NET's own files truncate after opening.
        long fd = Sys.Open(Path.Combine(_instance, "trace"), Abi.O_WRONLY | Abi.O_TRUNC | Abi.O_CLOEXEC);
        if (fd < 0)
            throw new InvalidOperationException($"clearing the trace: {Abi.ErrnoName(fd)}");
        Sys.Close(fd);
    }

    /// <summary>The inode numbers of the files synced since the last reset, on whatever device.</summary>
    public HashSet<ulong> Synced()
    {
        var inodes = new HashSet<ulong>();
        foreach (string line in File.ReadLines(Path.Combine(_instance, "trace")))
        {
            int at = line.IndexOf(" ino ", StringComparison.Ordinal);
            if (at >= 0 && !line.StartsWith('#'))
                inodes.Add(ulong.Parse(line[(at + 5)..].Split(' ')[0], CultureInfo.InvariantCulture));
        }
        return inodes;
    }

    public void Dispose()
    {
        Sys.Rmdir(_instance);
        Sys.Umount2(_mount, 0);
        Sys.Rmdir(_mount);
    }
}
