using ByteFuse.Linux;
using ByteFuse.Metadata.Dump;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>Writes down the metadata of a volume that nobody has mounted.</summary>
public static class VolumeDumper
{
    /// <summary>Dumps, and returns the number of rows. Whatever stands in the way is a <see cref="Refusal"/>.</summary>
    /// <param name="url">The volume.</param>
    /// <param name="stream">Takes the dump; stays the caller's.</param>
    /// <param name="progress">Told the number of rows so far.</param>
    /// <param name="log">Takes what the stores have to say, one line each.</param>
    public static long Dump(VolumeUrl url, Stream stream, Action<long> progress, Action<string> log)
    {
        var description = VolumeDirectory.ReadDescription(url);
        using var directory = VolumeDirectory.Hold(url.Directory);
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using var stores = VolumeStores.Open(directory, url, reactors.BlockingCalls, log);
        stores.RequireIdentity(description, url, reactors);
        var rows = 0L;
        var error = MetadataDump.Write(stores.Metadata, reactors, stream, done => progress(rows = done));
        return error switch
        {
            Errno.None => rows,
            Errno.EPROTO => throw new Refusal(ExitCode.NewerFormat, $"{url} was written by a newer version"),
            Errno.EIO => throw new Refusal(ExitCode.Corrupt, $"{url}: its metadata cannot be read: {error.Describe()}"),
            _ => throw new Refusal(ExitCode.Failure, $"{url}: {error.Describe()}"),
        };
    }
}
