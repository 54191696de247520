using System.Diagnostics;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>A volume that this process has open: its directory's lock, its stores and the volume itself.</summary>
public sealed class HeldVolume : IDisposable
{
    /// <summary>
    /// How long a daemon waits for a server that is away when it takes a mount over: programs wait for the volume, as they would had its
    /// daemon not died. Not for good, as the daemon has no control socket until then.
    /// </summary>
    internal static readonly TimeSpan TakeOverPatience = TimeSpan.FromMinutes(10);

    private readonly ReactorSet reactors;
    private readonly VolumeDirectory directory;
    private readonly VolumeStores stores;
    private readonly BlockingCalls blocking;

    private HeldVolume(VolumeUrl url, VolumeDirectory directory, VolumeStores stores, BlockingCalls blocking, Volume volume, ReactorSet reactors)
    {
        this.blocking = blocking;
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
    /// <param name="url">Where it is.</param>
    /// <param name="reactors">Where it is served.</param>
    /// <param name="log">Takes what the stores have to say.</param>
    /// <param name="patience">How long calls wait for a remote store that is away; null for its default.</param>
    public static HeldVolume Open(VolumeUrl url, ReactorSet reactors, Action<string> log, TimeSpan? patience = null)
    {
        var description = VolumeDirectory.ReadDescription(url);
        return Open(url, description, VolumeDirectory.Hold(url.Directory), [], reactors, log, patience);
    }

    /// <summary>
    /// Opens a volume whose daemon has died, and goes on with its session. Not before nothing of that daemon is running any more.
    /// </summary>
    /// <param name="url">Where it is.</param>
    /// <param name="lockDescriptor">The lock, which was kept; the volume's from now on.</param>
    /// <param name="connections">The memory of all its mounts, at least one; it stays the caller's.</param>
    /// <param name="reactors">Where it is served.</param>
    /// <param name="log">Takes what the stores have to say.</param>
    /// <param name="patience">How long calls wait for a remote store that is away; null for its default.</param>
    public static HeldVolume TakeOver(
        VolumeUrl url, int lockDescriptor, IReadOnlyCollection<ConnectionMemory> connections, ReactorSet reactors, Action<string> log, TimeSpan? patience = null)
    {
        var description = VolumeDirectory.ReadDescription(url);
        return Open(url, description, VolumeDirectory.TakeOver(url.Directory, lockDescriptor), connections, reactors, log, patience);
    }

    /// <summary>How long the stores took to open, the engine's log included, and then the volume.</summary>
    public (TimeSpan Stores, TimeSpan Volume) Opening { get; private init; }

    /// <summary>The lock of its directory, for a keeper.</summary>
    public int LockDescriptor => directory.LockDescriptor;

    /// <summary>Ends the volume's session and makes everything durable; the error of the first step that failed.</summary>
    public Errno Close() => reactors.RunOn(0, Volume.Close);

    /// <summary>Closes the stores and gives the lock back, after <see cref="Close"/>; no operation is in flight any more.</summary>
    public void Dispose()
    {
        stores.Dispose();
        blocking.Dispose();
        directory.Dispose();
    }

    private static HeldVolume Open(
        VolumeUrl url, VolumeDescription description, VolumeDirectory directory, IReadOnlyCollection<ConnectionMemory> connections,
        ReactorSet reactors, Action<string> log, TimeSpan? patience)
    {
        VolumeStores? stores = null;
        // One whose disk hangs shall not have the threads of the others.
        var blocking = reactors.BlockingCalls.Share();
        try
        {
            var begun = Stopwatch.GetTimestamp();
            stores = VolumeStores.Open(directory, url, blocking, log, patience, connections.Count > 0 ? TakeOverPatience : default);
            var storesOpen = Stopwatch.GetElapsedTime(begun);
            var opened = stores;
            stores.RequireIdentity(description, url, reactors);
            var opening = reactors.RunOn(0, () => Volume.Open(opened.Metadata, opened.Data, connections));
            if (opening.Volume is { } volume)
            {
                return new HeldVolume(url, directory, stores, blocking, volume, reactors) { Opening = (storesOpen, Stopwatch.GetElapsedTime(begun) - storesOpen) };
            }
            throw new Refusal(CodeOf(opening.Error), $"{url}: {opening.Problem}");
        }
        catch
        {
            stores?.Dispose();
            blocking.Dispose();
            directory.Dispose();
            throw;
        }
    }

    private static ExitCode CodeOf(Errno error) => error switch
    {
        Errno.EPROTO => ExitCode.NewerFormat,
        Errno.EIO => ExitCode.Corrupt,
        Errno.EBUSY => ExitCode.Busy,
        _ => ExitCode.Failure,
    };
}
