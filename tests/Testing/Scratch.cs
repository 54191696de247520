namespace ByteFuse.Testing;

/// <summary>A new empty folder, removed with all it holds at the end.</summary>
public sealed class Scratch : IDisposable
{
    private readonly Undo _undo;

    /// <summary>Creates the folder below <paramref name="baseFolder"/> (default: the system's temporary folder).</summary>
    public Scratch(string? baseFolder = null, string prefix = "bytefuse-")
    {
        string parent = baseFolder ?? System.IO.Path.GetTempPath();
        Directory.CreateDirectory(parent);
        Path = System.IO.Path.Combine(parent, $"{prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"[..(prefix.Length + 16)]);
        Directory.CreateDirectory(Path);
        _undo = new Undo(() => Remove(Path));
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Removes a tree by raw calls: names may be no UTF-8 and paths longer than PATH_MAX.</summary>
    public static void Remove(string path)
    {
        long error = RemoveAt(Abi.AT_FDCWD, path);
        if (error != 0 && error != -Abi.ENOENT)
            throw new IOException($"cannot remove {path}: {Abi.ErrnoName(error)}");
    }

    public void Dispose() => _undo.Dispose();

    private static long RemoveAt(long parent, string name)
    {
        long removed = Sys.UnlinkAt(parent, name, 0);
        if (removed != -Abi.EISDIR)
            return removed;
        removed = Sys.UnlinkAt(parent, name, Abi.AT_REMOVEDIR);
        if (removed != -Abi.ENOTEMPTY)
            return removed;
        long fd = Sys.OpenAt(parent, name, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_NOFOLLOW | Abi.O_CLOEXEC);
        if (fd < 0)
            return fd;
        try
        {
            return RemoveContents(fd) is long error and not 0 ? error : Sys.UnlinkAt(parent, name, Abi.AT_REMOVEDIR);
        }
        finally
        {
            Sys.Close(fd);
        }
    }

    private static long RemoveContents(long fd)
    {
        var buffer = new byte[65536];
        var entries = new List<DirectoryEntry>();
        long filled;
        while ((filled = Sys.Getdents(fd, buffer, entries)) > 0)
        {
        }
        foreach (DirectoryEntry entry in entries)
        {
            if (entry.Name is "." or "..")
                continue;
            long error = RemoveAt(fd, entry.Name);
            if (error != 0)
                return error;
        }
        return filled;
    }
}
