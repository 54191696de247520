using System.Globalization;
using System.Text.Json;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// What a keeper has, stored with the service manager, so that the next keeper of the service finds it. A mount is a memfd with its
/// record, CONNECTION.record, and its descriptors, CONNECTION.0 and so on; then witness and lock. The names are a format
/// (docs/keeping.md). The record is stored last and removed first: where it is, all of the mount is.
/// </summary>
internal sealed class StoredMounts(ServiceManager manager)
{
    /// <summary>The run directory's lock.</summary>
    public const string LockName = "lock";

    private const string RecordName = "record";
    private const string WitnessName = "witness";

    /// <summary>Stores a mount, in the place of an earlier record of its connection.</summary>
    public Errno Store(KeptMount mount)
    {
        Remove(mount.Record);
        for (var i = 0; i < mount.Descriptors.Count; i++) manager.Store(NameOf(mount.Record, i), mount.Descriptors[i]);
        var json = JsonSerializer.SerializeToUtf8Bytes(mount.Record, KeeperJson.Default.KeptMountRecord);
        var error = KeptBlock.TryCreate("bytefuse-record", json.Length, out var block);
        if (block is null) return error;
        using (block)
        {
            json.CopyTo(block.Slice.Span);
            manager.Store($"{mount.Record.Connection}.{RecordName}", block.Descriptor);
        }
        return Errno.None;
    }

    /// <summary>Lets go of a mount.</summary>
    public void Remove(KeptMountRecord record)
    {
        manager.Remove($"{record.Connection}.{RecordName}");
        for (var i = 0; i < record.Descriptors.Count; i++) manager.Remove(NameOf(record, i));
    }

    /// <summary>Stores the read end of the witness of a daemon that was welcomed, beside those of daemons before.</summary>
    public void StoreWitness(int readEnd) => manager.Store(WitnessName, readEnd);

    /// <summary>Of the daemons before the present one nothing is running any more.</summary>
    public void SettleWitnesses(int latest)
    {
        manager.Remove(WitnessName);
        manager.Store(WitnessName, latest);
    }

    /// <summary>Stores the run directory's lock.</summary>
    public void StoreLock(int descriptor) => manager.Store(LockName, descriptor);

    /// <summary>What an earlier keeper of the service stored, but for the lock; each descriptor goes to who takes it, or is closed.</summary>
    /// <param name="keep">Takes a mount.</param>
    /// <param name="witness">Takes the read end of a witness.</param>
    public void Restore(Action<KeptMountRecord, int[]> keep, Action<int> witness)
    {
        var left = manager.Stored.Where(stored => stored.Name is not (WitnessName or LockName)).DistinctBy(stored => stored.Name).ToDictionary(stored => stored.Name, stored => stored.Descriptor);
        foreach (var (name, descriptor) in manager.Stored)
        {
            if (name == WitnessName) witness(descriptor);
        }
        foreach (var name in left.Keys.Where(name => name.EndsWith($".{RecordName}", StringComparison.Ordinal)).ToList())
        {
            left.Remove(name, out var descriptor);
            if (Read(descriptor) is not { } record) continue;
            var descriptors = new int[record.Descriptors.Count];
            for (var i = 0; i < descriptors.Length; i++) descriptors[i] = left.Remove(NameOf(record, i), out var one) ? one : -1;
            if (descriptors.Contains(-1))
            {
                foreach (var fd in descriptors.Where(fd => fd >= 0)) FileCalls.Close(fd);
            }
            else
            {
                keep(record, descriptors);
            }
        }
        // Of mounts that were just being stored, or let go.
        foreach (var (name, descriptor) in left)
        {
            FileCalls.Close(descriptor);
            manager.Remove(name);
        }
    }

    private static KeptMountRecord? Read(int descriptor)
    {
        if (KeptBlock.TryOpen(descriptor, out var block) != Errno.None)
        {
            FileCalls.Close(descriptor);
            return null;
        }
        using (block)
        {
            try
            {
                return JsonSerializer.Deserialize(block!.Slice.Span, KeeperJson.Default.KeptMountRecord);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    private static string NameOf(KeptMountRecord record, int descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"{record.Connection}.{descriptor}");
}
