namespace ByteFuse.PosixSuite;

/// <summary>getdents64 and positions in a folder, also while it changes.</summary>
internal static class ListingChecks
{
    private const int Many = 10_000;

    internal static CheckGroup Group { get; } = new("listing",
    [
        .. new[] { 0, 1, 2, 100, 1000, Many }.Select(count => new Check($"{count} entries are listed completely and once", f =>
        {
            Fill(f, count);
            Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries));
            Complete(entries, count);
        })),
        .. new[] { 64, 256, 1024, 4096, 1 << 20 }.Select(size => new Check($"with a buffer of {size} bytes", f =>
        {
            Fill(f, 500);
            Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries, size));
            Complete(entries, 500);
        })),
        .. new[] { ("file", DT_REG), ("dir", DT_DIR), ("to-nothing", DT_LNK), ("fifo", DT_FIFO), ("device", DT_CHR), ("socket", DT_SOCK) }
            .Select(kind => new Check($"the type of a {kind} is told, its inode number is stat's", f =>
            {
                OpenChecks.Make(f, kind.Item1);
                Ok(Sys.ReadDirectory(".", out List<DirectoryEntry> entries));
                DirectoryEntry entry = entries.Single(entry => entry.Name == "x");
                Same(kind.Item2, entry.Type);
                Same(LstatOf("x").Inode, entry.Inode);
            })),
        new("a buffer too small for one entry is EINVAL", f =>
        {
            f.Create(new string('n', 200));
            long fd = f.Open(".", O_RDONLY | O_DIRECTORY);
            var entries = new List<DirectoryEntry>();
            long result;
            while ((result = Sys.Getdents(fd, new byte[40], entries)) > 0)
            {
            }
            Fails(EINVAL, result);
        }),
        new("getdents of a file is ENOTDIR", f =>
        {
            f.Create("a");
            Fails(ENOTDIR, Sys.Getdents(f.Open("a", O_RDONLY), new byte[1000], []));
        }),
        new("after the end it stays at the end, until rewound", f =>
        {
            Fill(f, 10);
            long fd = f.Open("d", O_RDONLY);
            Same(12, All(fd).Count);
            Same(0, All(fd).Count);
            Same(0L, Sys.Lseek(fd, 0, SEEK_SET));
            Same(12, All(fd).Count);
        }),
        new("rewinding sees what was created since", f =>
        {
            Fill(f, 3);
            long fd = f.Open("d", O_RDONLY);
            All(fd);
            f.Create("d/late");
            Ok(Sys.Lseek(fd, 0, SEEK_SET));
            True(All(fd).Any(entry => entry.Name == "late"));
        }),
        new("every d_off leads to the entry after it", f =>
        {
            Fill(f, 300);
            long fd = f.Open("d", O_RDONLY);
            List<DirectoryEntry> entries = All(fd);
            for (int i = 0; i < entries.Count - 1; i += 7)
            {
                Ok(Sys.Lseek(fd, entries[i].Offset, SEEK_SET));
                Same(entries[i + 1].Name, Next(fd).Name);
            }
        }),
        new("offsets are distinct and positive", f =>
        {
            Fill(f, 1000);
            Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries));
            Same(entries.Count, entries.Select(entry => entry.Offset).Distinct().Count());
            True(entries.All(entry => entry.Offset > 0));
        }),
        new("an offset stays good through another open", f =>
        {
            Fill(f, 300);
            List<DirectoryEntry> entries = All(f.Open("d", O_RDONLY));
            long again = f.Open("d", O_RDONLY);
            Ok(Sys.Lseek(again, entries[150].Offset, SEEK_SET));
            Same(entries[151].Name, Next(again).Name);
        }),
        new("an offset stays good when the entry before it is removed", f =>
        {
            Fill(f, 300);
            long fd = f.Open("d", O_RDONLY);
            List<DirectoryEntry> entries = All(fd);
            for (int i = 100; i <= 150; i++)
                Ok(Sys.Unlink("d/" + entries[i].Name));
            Ok(Sys.Lseek(fd, entries[150].Offset, SEEK_SET));
            Same(entries[151].Name, Next(fd).Name);
        }),
        new("removing each entry as it is read removes all", f =>
        {
            Fill(f, 2000);
            long fd = f.Open("d", O_RDONLY);
            var buffer = new byte[1024];
            var entries = new List<DirectoryEntry>();
            while (Ok(Sys.Getdents(fd, buffer, entries)) > 0)
            {
                foreach (DirectoryEntry entry in entries.Where(entry => entry.Name is not ("." or "..")))
                    Ok(Sys.Unlink("d/" + entry.Name));
                entries.Clear();
            }
            Same(0, f.Names("d").Length);
        }),
        new("while others come and go, what was there throughout is seen once", f =>
        {
            Fill(f, 2000);
            long fd = f.Open("d", O_RDONLY);
            var buffer = new byte[512];
            var entries = new List<DirectoryEntry>();
            for (int round = 0; Ok(Sys.Getdents(fd, buffer, entries)) > 0; round++)
            {
                f.Create($"d/new{round}");
                if (round % 2 == 1)
                    Ok(Sys.Unlink($"d/new{round - 1}"));
                Ok(Sys.Rename($"d/new{round}", $"d/renamed{round}"));
                if (round % 2 == 0)
                    Ok(Sys.Rename($"d/renamed{round}", $"d/new{round}"));
            }
            Complete([.. entries.Where(entry => entry.Name is "." or ".." || entry.Name.StartsWith("file", StringComparison.Ordinal))], 2000);
        }),
        new("while another thread creates and removes, what was there throughout is seen once", f =>
        {
            Fill(f, 1000);
            bool stop = false;
            TaskThread other = TaskThread.Start(() =>
            {
                for (int i = 0; !Volatile.Read(ref stop); i++)
                {
                    Ok(Sys.Close(Ok(Sys.Creat($"d/other{i % 50}", Octal(644)))));
                    if (i % 2 == 0)
                        Ok(Sys.Unlink($"d/other{i % 50}"));
                }
            });
            for (int round = 0; round < 10; round++)
            {
                Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries, 2048));
                Complete([.. entries.Where(entry => !entry.Name.StartsWith("other", StringComparison.Ordinal))], 1000);
            }
            Volatile.Write(ref stop, true);
            other.Join();
        }),
        new("telldir at every step, seekdir backwards", f =>
        {
            Fill(f, 100);
            long fd = f.Open("d", O_RDONLY);
            List<DirectoryEntry> entries = All(fd);
            for (int i = entries.Count - 2; i >= 0; i--)
            {
                Ok(Sys.Lseek(fd, entries[i].Offset, SEEK_SET));
                Same(entries[i + 1].Name, Next(fd).Name);
            }
        }),
        new("two opens list independently", f =>
        {
            Fill(f, 200);
            long one = f.Open("d", O_RDONLY), two = f.Open("d", O_RDONLY);
            string first = Next(one).Name;
            Complete(All(two), 200);
            List<DirectoryEntry> rest = All(one);
            True(rest.All(entry => entry.Name != first));
        }),
        new("long names fill a listing", f =>
        {
            f.Mkdir("d");
            for (int i = 0; i < 300; i++)
                f.Create($"d/{new string('n', 250)}{i:D5}");
            Ok(Sys.ReadDirectory("d", out List<DirectoryEntry> entries));
            Same(302, entries.Select(entry => entry.Name).Distinct().Count());
            True(entries.Count(entry => entry.Name.Length == 255) == 300);
        }),
        new("thousands of entries are gone after their removal, and the folder with them", f =>
        {
            Fill(f, 3000);
            for (int i = 0; i < 3000; i++)
                Ok(Sys.Unlink($"d/file{i}"));
            Same(0, f.Names("d").Length);
            Ok(Sys.Rmdir("d"));
        }),
    ]);

    private static void Fill(CheckFolder f, int count)
    {
        f.Mkdir("d");
        for (int i = 0; i < count; i++)
            Ok(Sys.Mknod($"d/file{i}", S_IFREG | Octal(644)));
    }

    private static void Complete(List<DirectoryEntry> entries, int count)
    {
        Same(count + 2, entries.Count);
        var names = entries.Select(entry => entry.Name).ToHashSet();
        Same(count + 2, names.Count);
        True(names.Contains(".") && names.Contains(".."));
        for (int i = 0; i < count; i++)
            True(names.Contains($"file{i}"), $"file{i} is listed");
    }

    private static List<DirectoryEntry> All(long fd)
    {
        var entries = new List<DirectoryEntry>();
        var buffer = new byte[32768];
        while (Ok(Sys.Getdents(fd, buffer, entries)) > 0)
        {
        }
        return entries;
    }

    private static DirectoryEntry Next(long fd)
    {
        var entries = new List<DirectoryEntry>();
        Ok(Sys.Getdents(fd, new byte[1024], entries));
        True(entries.Count > 0, "there is a next entry");
        return entries[0];
    }
}
