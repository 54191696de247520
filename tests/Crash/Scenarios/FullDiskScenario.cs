using ByteFuse.Testing;

namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// A store that fills up: ENOSPC, nothing written before is harmed, files can still be deleted, the space comes back and the
/// volume is as usable as before.
/// </summary>
public static class FullDiskScenario
{
    /// <summary>Small enough to be filled in a moment; large enough for an embedded engine's own files.</summary>
    public const long StoreSize = 512L << 20;

    private const int FileSize = 1 << 20;

    // Files that are removed and written again while the volume is full.
    private const int Replaced = 8;

    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        string directory = Path.Combine(volume.MountPoint, $"full{random.Next()}");
        if (Sys.Mkdir(directory) is long error and < 0)
            return $"mkdir: {Abi.ErrnoName(error)}";
        int first = Fill(directory, out long reason);
        if (reason != -Abi.ENOSPC)
            return $"filling ended with {Abi.ErrnoName(reason)} after {first} files, expected ENOSPC";
        if (first < 16)
            return $"only {first} MiB fit into {StoreSize >> 20} MiB";
        if (ReplaceFiles(directory) is string refused)
            return refused;
        if (CheckFiles(directory, first) is string harmed)
            return $"after ENOSPC: {harmed}";

        // A full volume that is opened again must still allow what frees space.
        volume.Kill9();
        volume.Mount();
        if (CheckFiles(directory, first) is string lost)
            return $"after ENOSPC and kill -9: {lost}";
        foreach (string file in Directory.GetFiles(directory))
        {
            long removed = Sys.Unlink(file);
            if (removed < 0)
                return $"unlink on a full volume: {Abi.ErrnoName(removed)}";
        }
        int second = FillAgain(directory, first);
        // The journal of the store's file system and the engine's log may keep a little.
        if (second < first * 8 / 10)
            return $"{first} MiB fitted, {second} MiB after everything was deleted";
        foreach (string file in Directory.GetFiles(directory))
            Sys.Unlink(file);
        Sys.Rmdir(directory);
        load.Start();
        load.Await(100);
        load.Stop();
        return load.Errors() ?? load.CheckAllAcknowledged();
    }

    // Unlink returns before the space is there: what is written then waits for it, if a little was removed or much.
    private static string? ReplaceFiles(string directory)
    {
        for (int i = 0; i < Replaced; i++)
        {
            if (Sys.Unlink(Path.Combine(directory, $"file{i}")) is long removed and < 0)
                return $"unlink on a full volume: {Abi.ErrnoName(removed)}";
            long written = Write(directory, i, FileSize / 2);
            if (written < 0)
                return $"file{i} was removed from a full volume, and half as much could not be written at once: {Abi.ErrnoName(written)}";
            if (Sys.Unlink(Path.Combine(directory, $"file{i}")) is long again and < 0)
                return $"unlink of a replaced file: {Abi.ErrnoName(again)}";
            // Back to what it was, for the comparison of contents.
            written = Write(directory, i, FileSize);
            if (written < 0)
                return $"file{i} could not be written again: {Abi.ErrnoName(written)}";
        }
        return null;
    }

    // Stored bytes are deleted after the log's next sync (hazard 1), so space may come back a little later.
    private static int FillAgain(string directory, int first)
    {
        const int Attempts = 20;
        int files = 0;
        for (int i = 0; i < Attempts && files < first * 8 / 10; i++)
        {
            foreach (string file in Directory.GetFiles(directory))
                Sys.Unlink(file);
            Thread.Sleep(i * 100);
            files = Fill(directory, out _);
        }
        return files;
    }

    /// <summary>Writes files of 1 MiB until an error; the number of whole ones.</summary>
    private static int Fill(string directory, out long reason)
    {
        for (int i = 0; ; i++)
        {
            reason = Write(directory, i, FileSize);
            if (reason >= 0)
                continue;
            Sys.Unlink(Path.Combine(directory, $"file{i}"));
            return i;
        }
    }

    /// <summary>Makes a file and makes its bytes durable; the first error, or 0.</summary>
    private static long Write(string directory, int i, int size)
    {
        long fd = Sys.Open(Path.Combine(directory, $"file{i}"), Abi.O_CREAT | Abi.O_WRONLY | Abi.O_CLOEXEC, 0x1A4);
        if (fd < 0)
            return fd;
        long reason = 0;
        for (long done = 0; done < size && reason >= 0; done += reason)
            reason = Sys.Pwrite(fd, Bytes(i).AsSpan((int)done, size - (int)done), done);
        long synced = reason < 0 ? reason : Sys.Fsync(fd);
        Sys.Close(fd);
        return synced;
    }

    private static string? CheckFiles(string directory, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!File.ReadAllBytes(Path.Combine(directory, $"file{i}")).AsSpan().SequenceEqual(Bytes(i)))
                return $"file{i} of {count} has other contents";
        }
        return null;
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[FileSize];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
