using System.Diagnostics;
using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.GrowthBench;

/// <summary>
/// What operations cost on volumes of more and more files; microseconds. Files are picked at random among all: the more there are,
/// the fewer of them any cache knows.
/// </summary>
public sealed class FilesPart : IDisposable
{
    private const int Calls = 4000;
    private const int Listings = 20;

    // Seconds.
    private const int SettledLooks = 5;

    // Half of the smallest volume in a round, so that there is always one to be removed.
    private const int ChangedAtOnce = 500;

    private readonly long _files;
    private readonly string _volume;
    private readonly string _mountPoint;
    private readonly Random _random = new(1);
    private readonly Dictionary<int, long> _folders = [];
    private readonly Dictionary<string, double> _figures = [];

    /// <param name="volume">A volume that <see cref="VolumeLoader"/> has filled.</param>
    /// <param name="files">With how many files.</param>
    /// <param name="mountPoint">Where to mount it.</param>
    public FilesPart(string volume, long files, string mountPoint) => (_volume, _files, _mountPoint) = (volume, files, mountPoint);

    public IReadOnlyDictionary<string, double> Measure()
    {
        long start = Stopwatch.GetTimestamp();
        using (var mount = new MountedVolume(_volume, _mountPoint, "attr_timeout=0,entry_timeout=0", format: false))
        {
            _figures["time to mount, s"] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            _figures["RSS after the mount, MiB"] = DaemonFigures.Resident(mount);
            AwaitSettled();
            Uncached(mount);
            Dispose();
        }
        using (var mount = new MountedVolume(_volume, _mountPoint, format: false))
        {
            Cached(mount);
            Changes(mount);
            _figures["RSS, MiB"] = DaemonFigures.Resident(mount);
            Dispose();
        }
        return _figures;
    }

    /// <summary>Closes the folders.</summary>
    public void Dispose()
    {
        foreach (long fd in _folders.Values)
            Sys.Close(fd);
        _folders.Clear();
    }

    // The engine merges what the loader has just written for some seconds, which takes a processor: that is the price of ten
    // million creates in a minute and not of a stat. Its tables stand still once it is done.
    private void AwaitSettled()
    {
        string seen = "";
        for (int still = 0; still < SettledLooks; still++)
        {
            string tables = string.Join('/', Directory.EnumerateFiles(Path.Combine(_volume, "meta"), "*.sst").Order(StringComparer.Ordinal));
            if (tables != seen)
                still = 0;
            seen = tables;
            Thread.Sleep(1000);
        }
    }

    // The kernel keeps nothing: every stat is a LOOKUP and a GETATTR.
    private void Uncached(MountedVolume mount)
    {
        (long Folder, string Name)[] picked = Pick((Timing.Rounds + 1) * Calls);
        long before = DaemonFigures.Metadata(mount, "blockingReads");
        _figures["lookup and getattr"] = Timing.Median(Calls, i => Stat(picked[i]));
        _figures["engine reads on a blocking thread, per stat"] =
            (DaemonFigures.Metadata(mount, "blockingReads") - before) / (double)picked.Length;
        _figures["readdir, per entry"] = Timing.Median(Math.Min(Listings, LoadedTree.Folders(_files)), List, ForgetDirectories) / EntriesPerListing;
    }

    private void Cached(MountedVolume mount)
    {
        (long Folder, string Name)[] picked = Pick(Calls);
        foreach ((long Folder, string Name) file in picked)
            Timing.Check(Stat(file));
        _figures["stat, cached by the kernel"] = Timing.Median(Calls, i => Stat(picked[i % Calls]));
        picked = Pick((Timing.Rounds + 1) * Calls);
        _figures["open, read, close an empty file"] = Timing.Median(Calls, i => OpenAndRead(picked[i]));
    }

    // Removes files and makes them again under their names: the volume stays as large as it is.
    private void Changes(MountedVolume mount)
    {
        var unlinks = new List<double>();
        var creates = new List<double>();
        int times = Calls / ChangedAtOnce;
        for (int round = 0; round < (Timing.Rounds + 1) * times; round++)
        {
            (long Folder, string Name)[] picked = [.. Pick(ChangedAtOnce).Distinct()];
            double unlink = Timing.Mean(picked.Length, i => Sys.UnlinkAt(picked[i].Folder, picked[i].Name, 0));
            double create = Timing.Mean(picked.Length, i => Create(picked[i]));
            if (round < times)
                continue;
            unlinks.Add(unlink);
            creates.Add(create);
        }
        _figures["unlink"] = Timing.Median(unlinks);
        _figures["create"] = Timing.Median(creates);
    }

    private int EntriesPerListing => (int)Math.Min(_files, LoadedTree.FilesPerFolder);

    private (long Folder, string Name)[] Pick(int count)
    {
        var picked = new (long, string)[count];
        for (int i = 0; i < count; i++)
        {
            long file = _random.NextInt64(_files);
            picked[i] = (Folder(LoadedTree.FolderOf(file)), LoadedTree.FileName(file));
        }
        return picked;
    }

    // Open once for all: what is measured is the last name of a path.
    private long Folder(int folder)
    {
        if (!_folders.TryGetValue(folder, out long fd))
        {
            fd = Timing.Check(Sys.Open(Path.Combine(_mountPoint, LoadedTree.FolderPath(folder)), O_PATH | O_DIRECTORY | O_CLOEXEC));
            _folders.Add(folder, fd);
        }
        return fd;
    }

    private static long Stat((long Folder, string Name) file) => Sys.Statx(file.Folder, file.Name, 0, STATX_BASIC_STATS, out _);

    private static long OpenAndRead((long Folder, string Name) file)
    {
        Span<byte> buffer = stackalloc byte[16];
        long fd = Timing.Check(Sys.OpenAt(file.Folder, file.Name, O_RDONLY | O_CLOEXEC));
        Timing.Check(Sys.Read(fd, buffer));
        return Sys.Close(fd);
    }

    private static long Create((long Folder, string Name) file)
    {
        long fd = Timing.Check(Sys.OpenAt(file.Folder, file.Name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0x1A4));
        return Sys.Close(fd);
    }

    private long List(int call)
    {
        int folder = LoadedTree.Folders(_files) <= Listings ? call % LoadedTree.Folders(_files) : _random.Next(LoadedTree.Folders(_files));
        string path = Path.Combine(_mountPoint, LoadedTree.FolderPath(folder));
        long fd = Timing.Check(Sys.Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        var buffer = new byte[64 << 10];
        var entries = new List<DirectoryEntry>();
        while (Timing.Check(Sys.Getdents(fd, buffer, entries)) > 0)
        {
        }
        // With "." and "..".
        if (entries.Count < 2 || (folder < LoadedTree.Folders(_files) - 1 && entries.Count != LoadedTree.FilesPerFolder + 2))
            throw new InvalidOperationException($"{path} has {entries.Count} entries");
        return Sys.Close(fd);
    }

    // The kernel keeps listings (FOPEN_CACHE_DIR) with the directory's inode.
    private static void ForgetDirectories() => File.WriteAllText("/proc/sys/vm/drop_caches", "2");
}
