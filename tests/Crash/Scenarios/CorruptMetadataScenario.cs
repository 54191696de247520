using System.Text;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// Flipped bytes in a table (.sst) of the metadata: what needs a damaged block answers EIO, never something wrong; the rest is
/// readable; the log and fsck name the table. With the bytes flipped back everything is there again.
/// </summary>
public static class CorruptMetadataScenario
{
    private const int FilesPerDirectory = 500;

    // 16 MiB of log (its bound) are reached by far fewer creates; more means that the engine never writes a table.
    private const int MaximumDirectories = 400;
    private const int Flips = 32;

    // The tables that opening writes hold next to nothing.
    private const long SmallestTable = 1 << 20;

    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        string root = Path.Combine(volume.MountPoint, $"many{random.Next()}");
        string meta = Path.Combine(volume.Store, "meta");
        Sys.Mkdir(root);
        int directories = 0;
        // A table of what is created now: an earlier round's holds files that are gone.
        HashSet<string> earlier = [.. Directory.GetFiles(meta, "*.sst")];
        while (directories < MaximumDirectories && LargestTable(meta, earlier) is null or { Length: < SmallestTable })
        {
            if (CreateDirectory(root, directories++) is string failed)
                return failed;
        }
        volume.Umount();
        string? table = LargestTable(meta, earlier)?.FullName;
        if (table is null)
            return $"no .sst in meta/ after {directories * FilesPerDirectory} creates";
        long[] places = [.. Enumerable.Range(0, Flips).Select(_ => Place(random, new FileInfo(table).Length))];
        Flip(table, places);
        volume.Mount();
        string? problem = Walk(root, directories, out int good, out int errors);
        string log = ReadLog(volume);
        volume.Umount();
        string? fsck = volume.Check();
        Flip(table, places);
        volume.Mount();
        return problem
            ?? (good > 0 && errors > 0 ? null : $"{good} files readable and {errors} EIO with {Flips} damaged blocks, expected some of both")
            ?? Names(log, table, "the daemon's log")
            ?? Names(fsck ?? "", table, "fsck")
            ?? Walk(root, directories, out _, out errors)
            ?? (errors == 0 ? null : $"{errors} EIO after the bytes were flipped back")
            ?? Remove(root)
            ?? load.Errors();
    }

    private static FileInfo? LargestTable(string meta, HashSet<string> earlier) =>
        Directory.GetFiles(meta, "*.sst").Except(earlier).Select(path => new FileInfo(path)).MaxBy(file => file.Length);

    /// <summary>
    /// Behind the middle lie inodes, not the few keys without which nothing can be opened: those of the engine, the volume and
    /// the root directory. With one of them damaged the mount is refused, which is another case.
    /// </summary>
    private static long Place(Random random, long length) => random.NextInt64(length * 7 / 10, length * 8 / 10);

    private static string? Names(string text, string table, string who) =>
        text.Contains(Path.GetFileName(table), StringComparison.Ordinal) ? null : $"{who} does not name {Path.GetFileName(table)}:\n{text}";

    private static string? CreateDirectory(string root, int directory)
    {
        string folder = Path.Combine(root, $"{directory}");
        Sys.Mkdir(folder);
        for (int i = 0; i < FilesPerDirectory; i++)
        {
            long fd = Sys.Open(Path.Combine(folder, $"{i}"), Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY | Abi.O_CLOEXEC, 0x1A4);
            long result = fd < 0 ? fd : Sys.Write(fd, Content(directory, i));
            Sys.Close(fd);
            if (result < 0)
                return $"create {folder}/{i}: {Abi.ErrnoName(result)}";
        }
        return null;
    }

    private static byte[] Content(int directory, int file) => Encoding.ASCII.GetBytes($"directory {directory}, file {file}");

    /// <summary>Lists and reads everything; whatever is neither right nor EIO is a problem.</summary>
    private static string? Walk(string root, int directories, out int good, out int errors)
    {
        (good, errors) = (0, 0);
        var buffer = new byte[100];
        for (int directory = 0; directory < directories; directory++)
        {
            string folder = Path.Combine(root, $"{directory}");
            long listed = Sys.ReadDirectory(folder, out List<DirectoryEntry> entries);
            if (listed == -Abi.EIO)
                errors++;
            else if (listed < 0 || entries.Count != FilesPerDirectory + 2)
                return $"listing {folder}: {Abi.ErrnoName(listed)}, {entries.Count} entries";
            for (int i = 0; i < FilesPerDirectory; i++)
            {
                long result = ReadFile(Path.Combine(folder, $"{i}"), buffer);
                if (result == -Abi.EIO)
                    errors++;
                else if (result < 0 || !buffer.AsSpan(0, (int)result).SequenceEqual(Content(directory, i)))
                    return $"{folder}/{i}: {(result < 0 ? Abi.ErrnoName(result) : "other contents")}";
                else
                    good++;
            }
        }
        return null;
    }

    private static long ReadFile(string path, byte[] buffer)
    {
        long fd = Sys.Open(path, Abi.O_RDONLY | Abi.O_CLOEXEC);
        if (fd < 0)
            return fd;
        long result = Sys.Read(fd, buffer);
        Sys.Close(fd);
        return result;
    }

    private static void Flip(string table, long[] places)
    {
        using FileStream file = new(table, FileMode.Open, FileAccess.ReadWrite);
        foreach (long place in places.Distinct())
        {
            file.Position = place;
            int value = file.ReadByte();
            file.Position = place;
            file.WriteByte((byte)(value ^ 0x55));
        }
    }

    /// <summary>The log that `bytefuse status --json` names for the mount.</summary>
    private static string ReadLog(VolumeUnderTest volume)
    {
        string mountPoint = volume.MountPoint;
        using JsonDocument status = JsonDocument.Parse(((ByteFuseVolume)volume).Status());
        foreach (JsonElement mount in status.RootElement.GetProperty("mounts").EnumerateArray())
        {
            if (mount.GetProperty("mountPoint").GetString() == mountPoint && mount.TryGetProperty("logFile", out JsonElement path))
                return File.ReadAllText(path.GetString()!);
        }
        return $"status --json names no log for {mountPoint}";
    }

    private static string? Remove(string root)
    {
        Scratch.Remove(root);
        return null;
    }
}
