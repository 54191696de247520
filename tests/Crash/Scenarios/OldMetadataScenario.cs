using ByteFuse.Testing;

namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// The worst power cut: metadata as of the last sync of its log (or a random number of bytes more), data as of much later. Bytes
/// that the older metadata names must not have been destroyed by deletions, truncations or holes whose commit was not yet
/// durable (hazard 1).
/// </summary>
public static class OldMetadataScenario
{
    // A round whose window contains a sync of the metadata says nothing and is drawn again.
    private const int Attempts = 40;

    // A daemon that makes its metadata durable before it truncates or punches leaves no window that holds one of these: after
    // so many draws without luck the windows hold deletions and overwriting renames only, whose bytes go later.
    private const int AttemptsWithCuts = 5;

    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        string scratch = Path.GetDirectoryName(volume.MountPoint)!;
        using var watch = new StoreWatch(scratch);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            using var copy = new Scratch(scratch, "copy-");
            if (!TakeCopy(volume, load, random, watch, attempt < AttemptsWithCuts, copy.Path, out Allowance[] allowances, out string? error))
            {
                if (error is not null)
                    return error;
                continue;
            }
            return CheckCopy(load, copy, allowances) ?? load.CheckAllAcknowledged();
        }
        return $"the metadata was synced within each of {Attempts} windows without fsync: no power cut could be made";
    }

    /// <summary>False if the metadata was synced in between, or with an error.</summary>
    private static bool TakeCopy(
        VolumeUnderTest volume, Load load, Random random, StoreWatch watch, bool cuts, string copy, out Allowance[] allowances, out string? error)
    {
        allowances = [];
        load.Start();
        load.Await(50 + random.Next(300));
        load.Stop();
        Load.SyncMount(volume.MountPoint); // the last fsync acknowledged before the cut
        string meta = Path.Combine(volume.Store, "meta");
        int[] first = load.Lengths;
        var inodes = new HashSet<ulong>();
        Frozen(volume, () =>
        {
            watch.Reset();
            CopyTree(meta, Path.Combine(copy, "meta"));
            inodes.UnionWith(Inodes(meta));
        });

        load.Start(fsyncs: false, cuts: cuts);
        load.Await(20 + random.Next(100));
        load.Stop();
        int[] last = load.Lengths;
        bool extended = false;
        Frozen(volume, () => extended = ExtendLog(meta, Path.Combine(copy, "meta"), random));

        load.Start(fsyncs: false, cuts: cuts);
        load.Await(20 + random.Next(300));
        load.Stop();
        error = load.Errors();
        bool synced = true;
        Frozen(volume, () =>
        {
            CopyTree(Path.Combine(volume.Store, "data"), Path.Combine(copy, "data"));
            File.Copy(Path.Combine(volume.Store, "volume.json"), Path.Combine(copy, "volume.json"));
            inodes.UnionWith(Inodes(meta));
            synced = watch.Synced().Overlaps(inodes);
        });
        allowances = [.. first.Zip(last, (from, to) => new Allowance(from, extended ? to : from, DataSinceFsync: false))];
        if (error is null && !synced)
            return true;
        error ??= load.CheckAllAcknowledged();
        return false;
    }

    private static string? CheckCopy(Load load, Scratch copy, Allowance[] allowances)
    {
        string url = "file://" + copy.Path;
        if (ByteFuseVolume.Fsck(url) is not null && ByteFuseVolume.Fsck(url, "--repair") is string repair)
            return repair;
        if (ByteFuseVolume.Fsck(url) is string problem)
            return $"not clean after --repair: {problem}";
        using var mounted = new MountedVolume(copy.Path, copy.Path + ".mnt", format: false);
        var problems = new List<string>();
        for (int i = 0; i < allowances.Length; i++)
        {
            Writer writer = load.All[i];
            string directory = Path.Combine(mounted.MountPoint, Path.GetFileName(writer.DirectoryPath));
            if (DirectoryCheck.Explain(writer, DirectoryCheck.Read(directory), allowances[i]) is string difference)
                problems.Add($"writer {i}: {difference}");
        }
        mounted.Umount();
        Sys.Rmdir(mounted.MountPoint);
        return problems.Count == 0 ? null : string.Join('\n', problems);
    }

    /// <summary>Stops the daemon for the time of a copy, so that the copy is of one moment.</summary>
    private static void Frozen(VolumeUnderTest volume, Action action)
    {
        int pid = volume.DaemonPid;
        Sys.Kill(pid, Abi.SIGSTOP);
        try
        {
            action();
        }
        finally
        {
            Sys.Kill(pid, Abi.SIGCONT);
        }
    }

    /// <summary>
    /// Replaces the copied log by a random longer prefix of what it is now: unsynced bytes that happened to reach the disk. Of
    /// the commit log some pages reach it, or none. False if the engine went on to another log meanwhile: the copy stays as
    /// it was.
    /// </summary>
    private static bool ExtendLog(string meta, string copy, Random random)
    {
        string newest = Directory.GetFiles(meta, "*.log").Max(StringComparer.Ordinal)!;
        string copied = Path.Combine(copy, Path.GetFileName(newest));
        bool same = Directory.GetFiles(copy, "*.log").Max(StringComparer.Ordinal) == copied;
        if (!same)
            return false;
        long synced = new FileInfo(copied).Length;
        byte[] bytes = File.ReadAllBytes(newest);
        using FileStream log = File.OpenWrite(copied);
        log.Write(bytes.AsSpan(0, (int)random.NextInt64(synced, bytes.Length + 1)));
        MixPages(Path.Combine(meta, "commits"), Path.Combine(copy, "commits"), random);
        return true;
    }

    private static void MixPages(string now, string copied, Random random)
    {
        const int Page = 4096;
        int share = random.Next(3);
        byte[] bytes = File.ReadAllBytes(now);
        using FileStream file = File.OpenWrite(copied);
        for (int at = 0; at < bytes.Length; at += Page)
        {
            if (random.Next(2) >= share)
                continue;
            file.Position = at;
            file.Write(bytes, at, Math.Min(Page, bytes.Length - at));
        }
    }

    private static void CopyTree(string from, string to) => Command.Check("cp", "-a", "--sparse=always", from, to);

    private static IEnumerable<ulong> Inodes(string directory) =>
        Directory.GetFiles(directory).Append(directory)
            .Select(path => Sys.Lstat(path, out FileStatus status) == 0 ? status.Inode : 0);
}
