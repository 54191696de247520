using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>What a keeper holds: the mounts of its daemon, by connection.</summary>
internal sealed class KeptMounts : IDisposable
{
    /// <summary>Mounts that are kept: descriptors are the bound, some ten of 1,048,576 each on a machine of today.</summary>
    public const int Maximum = 4096;

    private readonly Dictionary<string, KeptMount> mounts = [];

    /// <summary>Where all of them are stored beside; null for nowhere.</summary>
    public StoredMounts? Store { get; set; }

    /// <summary>How many there are.</summary>
    public int Count => mounts.Count;

    /// <summary>All of them.</summary>
    public IEnumerable<KeptMount> All => mounts.Values;

    /// <summary>Holds a mount, in the place of an earlier record of its connection. Null where that is done, otherwise what is wrong.</summary>
    public string? Keep(KeptMountRecord? record, int[] descriptors)
    {
        var problem = Check(record, descriptors);
        if (problem is not null)
        {
            foreach (var fd in descriptors) FileCalls.Close(fd);
            return problem;
        }
        if (mounts.Remove(record!.Connection, out var earlier)) earlier.Dispose();
        var mount = new KeptMount(record, descriptors);
        mounts.Add(record.Connection, mount);
        return Store?.Store(mount) is { } error and not Errno.None ? $"it cannot be stored: {error.Describe()}" : null;
    }

    /// <summary>Lets a mount go; nothing where it is not there.</summary>
    public void Release(string? connection)
    {
        if (connection is null || !mounts.Remove(connection, out var mount)) return;
        Store?.Remove(mount.Record);
        mount.Dispose();
    }

    /// <summary>Lets all of them go: a mount that nobody else serves ends with it.</summary>
    public void Dispose()
    {
        foreach (var mount in mounts.Values) mount.Dispose();
        mounts.Clear();
    }

    private string? Check(KeptMountRecord? record, int[] descriptors)
    {
        if (record is null) return "there is no record";
        if (record.Descriptors.Count != descriptors.Length) return $"{record.Descriptors.Count} descriptors were announced and {descriptors.Length} came";
        return mounts.Count >= Maximum && !mounts.ContainsKey(record.Connection) ? $"{Maximum} mounts are kept already" : null;
    }
}
