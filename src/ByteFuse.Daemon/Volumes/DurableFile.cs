using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>Small files that are there whole or not at all, also after a power cut.</summary>
internal static class DurableFile
{
    /// <summary>Replaces a file; an <see cref="IOException"/> where that fails.</summary>
    public static void Write(string path, ReadOnlySpan<byte> contents)
    {
        var beside = Beside(path);
        using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write))
        {
            file.Write(contents);
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Removes a file, durably, and what an attempt to write it has left beside it.</summary>
    public static void Remove(string path)
    {
        File.Delete(path);
        File.Delete(Beside(path));
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes names in a directory durable.</summary>
    public static void SyncDirectory(string directory)
    {
        var opened = FileCalls.Open(directory, OpenFlags.ReadOnly | OpenFlags.Directory);
        if (!opened.Succeeded) throw new IOException($"{directory}: {opened.Error.Describe()}");
        var synced = FileCalls.Sync(opened.Value);
        FileCalls.Close(opened.Value);
        if (!synced.Succeeded) throw new IOException($"{directory}: {synced.Error.Describe()}");
    }

    private static string Beside(string path) => path + ".new";
}
