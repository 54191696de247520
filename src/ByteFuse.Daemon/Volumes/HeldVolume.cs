using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>A volume that this process has open: its directory's lock, its stores and the volume itself.</summary>
public sealed class HeldVolume : IDisposable
{
    private readonly ReactorSet reactors;
    private readonly VolumeDirectory directory;
    private readonly VolumeStores stores;

    private HeldVolume(VolumeUrl url, VolumeDirectory directory, VolumeStores stores, Volume volume, ReactorSet reactors)
    {
        Url = url;
        Volume = volume;
        this.directory = directory;
        this.stores = stores;
        this.reactors = reactors;
    }

    /// <summary>Where it is.</summary>
    public VolumeUrl Url { get; }

    /// <summary>The file system.</summary>
    public Volume Volume { get; }

    /// <summary>Its stores.</summary>
    public VolumeStores Stores => stores;

    /// <summary>
    /// Opens a volume: first what refuses without touching anything (volume.json, the lock), then the stores. Whatever stands
    /// in the way is a <see cref="Refusal"/>.
    /// </summary>
    public static HeldVolume Open(VolumeUrl url, ReactorSet reactors, Action<string> log)
    {
        var description = VolumeDirectory.ReadDescription(url.Directory);
        var directory = VolumeDirectory.Hold(url.Directory);
        VolumeStores? stores = null;
        try
        {
            stores = VolumeStores.Open(directory, reactors.BlockingCalls, log);
            var opened = stores;
            stores.RequireIdentity(description, url, reactors);
            var opening = reactors.RunOn(0, () => Volume.Open(opened.Metadata, opened.Data));
            if (opening.Volume is { } volume) return new HeldVolume(url, directory, stores, volume, reactors);
            throw new Refusal(CodeOf(opening.Error), $"{url}: {opening.Problem}");
        }
        catch
        {
            stores?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Ends the volume's session and makes everything durable; the error of the first step that failed.</summary>
    public Errno Close() => reactors.RunOn(0, Volume.Close);

    /// <summary>Closes the stores and gives the lock back, after <see cref="Close"/>; no operation is in flight any more.</summary>
    public void Dispose()
    {
        stores.Dispose();
        directory.Dispose();
    }

    private static ExitCode CodeOf(Errno error) => error switch
    {
        Errno.EPROTO => ExitCode.NewerFormat,
        Errno.EIO => ExitCode.Corrupt,
        Errno.EBUSY => ExitCode.Busy,
        _ => ExitCode.Failure,
    };
}
