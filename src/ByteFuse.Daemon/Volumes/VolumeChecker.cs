using ByteFuse.FileSystem;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>Checks a volume that nobody has mounted.</summary>
public static class VolumeChecker
{
    /// <summary>
    /// Opens the stores of a volume, without a session of its own, and checks them; with <paramref name="repair"/> mends
    /// what can be mended. Whatever keeps it from being opened is a <see cref="Refusal"/>.
    /// </summary>
    /// <param name="url">The volume.</param>
    /// <param name="repair">Mend.</param>
    /// <param name="progress">Told now and then how far the check is; called on a reactor, does not block.</param>
    /// <param name="log">Takes what the stores have to say, one line each.</param>
    public static CheckReport Check(VolumeUrl url, bool repair, Action<CheckProgress> progress, Action<string> log)
    {
        var description = VolumeDirectory.ReadDescription(url);
        using var directory = VolumeDirectory.Hold(url.Directory);
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using var stores = VolumeStores.Open(directory, url, reactors.BlockingCalls, log);
        stores.RequireIdentity(description, url, reactors);
        var storedIds = stores.Data.Scan().Select(file => file.DataId).OfType<ulong>();
        var check = new VolumeCheck(stores.Metadata, stores.Data, storedIds, repair, progress);
        return reactors.RunOn(0, check.Run);
    }
}
