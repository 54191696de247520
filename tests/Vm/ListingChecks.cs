namespace ByteFuse.VmSuite;

/// <summary>
/// Listing one folder with so many entries that the client has to ask many times. The server opens the folder anew for each
/// part and goes on by offset: that works if offsets mean the same for as long as the folder lives.
/// </summary>
internal static class ListingChecks
{
    private const int Kept = 2000, Passing = 200;

    internal static IReadOnlyList<NfsCheck> All { get; } =
    [
        new($"{Kept + Passing} entries are listed completely and once", f =>
        {
            string[] names = NfsFolder.Names(f.Nfs);
            Same(Kept + Passing, names.Length);
            True(names.SequenceEqual(NfsFolder.Names(f.Local)));
            Complete(names);
        }),
        new("entries that stay are listed once while others come and go", f =>
        {
            int change = 0;
            string[] names = List(f, 8192, () =>
            {
                // Before, at and behind the place where the listing stands.
                for (int i = 0; i < 5; i++, change = (change + 37) % Passing)
                {
                    Ok(Sys.Unlink($"{f.Local}/passing{change}"));
                    Create($"{f.Local}/passing{change}");
                }
            });
            True(change > 0, "the listing came in parts");
            Complete(names);
        }),
        new("a listing goes on where it stood after the caches were dropped", f =>
        {
            string[] names = List(f, 16384, NfsServer.DropCaches);
            Same(Kept + Passing + 2, names.Length);
            Complete(names);
        }),
        new("inode numbers are told with the names", f =>
        {
            Ok(Sys.ReadDirectory(f.Nfs, out List<DirectoryEntry> entries));
            foreach (DirectoryEntry entry in entries.Where(entry => entry.Name.EndsWith("99", StringComparison.Ordinal)))
                Same(StatOf($"{f.Local}/{entry.Name}").Inode, entry.Inode);
        }),
    ];

    /// <summary>Creates the entries in this folder of the mount.</summary>
    internal static void Fill(string local)
    {
        Ok(Sys.Mkdir(local));
        for (int i = 0; i < Kept; i++)
            Create($"{local}/kept{i}");
        for (int i = 0; i < Passing; i++)
            Create($"{local}/passing{i}");
    }

    private static string[] List(NfsFolder f, int bufferSize, Action between)
    {
        long fd = f.Open(".", O_RDONLY | O_DIRECTORY);
        var entries = new List<DirectoryEntry>();
        var buffer = new byte[bufferSize];
        while (Ok(Sys.Getdents(fd, buffer, entries)) > 0)
            between();
        return [.. entries.Select(entry => entry.Name)];
    }

    private static void Complete(string[] names)
    {
        string[] kept = [.. names.Where(name => name.StartsWith("kept", StringComparison.Ordinal))];
        Same(Kept, kept.Length);
        Same(Kept, kept.Distinct().Count());
    }

    private static void Create(string path) => Ok(Sys.Mknod(path, S_IFREG | Octal(644)), $"create {path}");
}
