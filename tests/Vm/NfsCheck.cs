namespace ByteFuse.VmSuite;

/// <summary>One check: what it asserts, in words, and how. It runs in an empty folder, seen over NFS and on the mount itself.</summary>
internal sealed record NfsCheck(string Name, Action<NfsFolder> Body);

/// <summary>A folder, over NFS and on the exported mount.</summary>
/// <param name="Nfs">Its path on the NFS mount.</param>
/// <param name="Local">Its path on the exported mount.</param>
internal sealed record NfsFolder(string Nfs, string Local) : IDisposable
{
    private readonly List<long> _open = [];

    public void Dispose()
    {
        foreach (long fd in _open)
            Sys.Close(fd);
        _open.Clear();
    }

    /// <summary>Opens by NFS; closed at the end of the check.</summary>
    internal long Open(string name, int flags, int mode = 0)
    {
        long fd = Ok(Sys.Open($"{Nfs}/{name}", flags | O_CLOEXEC, mode), $"open {name} by NFS");
        _open.Add(fd);
        return fd;
    }

    /// <summary>Opens on the exported mount; closed at the end of the check.</summary>
    internal long OpenLocal(string name, int flags, int mode = 0)
    {
        long fd = Ok(Sys.Open($"{Local}/{name}", flags | O_CLOEXEC, mode), $"open {name} on the mount");
        _open.Add(fd);
        return fd;
    }

    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        long fd = Ok(Sys.Open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Octal(644)), $"create {path}");
        Pattern.Write(fd, content.ToArray(), 0);
        Ok(Sys.Close(fd), $"close {path}");
    }

    internal static byte[] Read(string path)
    {
        long fd = Ok(Sys.Open(path, O_RDONLY | O_CLOEXEC), $"open {path}");
        Ok(Sys.Fstat(fd, out FileStatus status));
        byte[] content = Pattern.Read(fd, 0, (int)status.Size + 1);
        Ok(Sys.Close(fd));
        return content;
    }

    /// <summary>The names in a folder, sorted, without "." and "..".</summary>
    internal static string[] Names(string path)
    {
        Ok(Sys.ReadDirectory(path, out List<DirectoryEntry> entries), $"list {path}");
        return [.. entries.Select(entry => entry.Name).Where(name => name is not ("." or "..")).Order(StringComparer.Ordinal)];
    }
}
