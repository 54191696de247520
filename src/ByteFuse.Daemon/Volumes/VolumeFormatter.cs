using System.Security.Cryptography;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>Makes a directory an empty volume.</summary>
public static class VolumeFormatter
{
    /// <summary>
    /// Formats. Without <paramref name="force"/> only an empty or missing directory is taken (lost+found does not count);
    /// with it, a volume that is there is erased, and other files are left alone. A volume that a daemon holds is never
    /// touched. Whatever stands in the way is a <see cref="Refusal"/>; of a volume that could not be made, nothing is left.
    /// </summary>
    /// <param name="url">The volume.</param>
    /// <param name="force">See above.</param>
    /// <param name="data">Where the bytes of files go, if the volume's URL does not say that.</param>
    public static VolumeDescription Format(VolumeUrl url, bool force, VolumeUrl? data = null)
    {
        var place = PlaceOf(url, data);
        Prepare(place, force);
        using var held = VolumeDirectory.Hold(place.Directory);
        // Once more, under the lock: somebody may have formatted it in between.
        if (!force && VolumeDirectory.HoldsVolume(place.Directory)) throw HoldsVolume(place);
        // Before anything of the directory is touched: the server may refuse.
        if (url.Postgres is { } postgres) CreateSchema(postgres, place, force, held);
        held.RemoveDescription();
        try
        {
            return Write(held, url);
        }
        catch
        {
            Withdraw(held, url);
            throw;
        }
    }

    /// <summary>The URL of the directory that is to have the bytes of files; a <see cref="Refusal"/> where the two URLs do not go together.</summary>
    internal static VolumeUrl PlaceOf(VolumeUrl url, VolumeUrl? data)
    {
        if (url.Postgres is not null && data is not { Postgres: null })
            throw new Refusal(ExitCode.Usage, $"{url}: where is the data to be? Add --data file:///DIRECTORY");
        if (url.Postgres is null && data is not null) throw new Refusal(ExitCode.Usage, $"{url} holds data and metadata: --data is for metadata in PostgreSQL");
        return data ?? url;
    }

    /// <summary>Makes the schema of a volume; a <see cref="Refusal"/> where that fails, and nothing is left of it.</summary>
    internal static void CreateSchema(PostgresUrl postgres, VolumeUrl data, bool force, VolumeDirectory held)
    {
        try
        {
            PostgresMetadataStore.Create(postgres, "file://" + Uri.EscapeDataString(data.Directory).Replace("%2F", "/"), force);
        }
        catch (MetadataOpenException problem)
        {
            // The next attempt is to find the directory as empty as it was.
            if (!VolumeDirectory.HoldsVolume(data.Directory)) held.RemoveLock();
            throw VolumeStores.Refuse(problem);
        }
    }

    private static VolumeDescription Write(VolumeDirectory held, VolumeUrl url)
    {
        Erase(held.Metadata);
        Erase(held.Data);
        var identity = RandomBits();
        var now = DateTimeOffset.UtcNow;
        WriteStores(held, url, identity, now);
        var description = new VolumeDescription
        {
            Kind = VolumeDescription.Signature,
            Format = VolumeDescription.CurrentFormat,
            Identity = identity.ToString("x32"),
            Formatted = now,
            Metadata = url.Postgres?.ToString(),
        };
        held.WriteDescription(description);
        return description;
    }

    // What is half made would be in the way of the next attempt, which would then need --force.
    private static void Withdraw(VolumeDirectory held, VolumeUrl url)
    {
        try
        {
            held.RemoveDescription();
            Erase(held.Metadata);
            Erase(held.Data);
            held.RemoveLock();
            if (url.Postgres is { } postgres) DropSchema(postgres);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or MetadataOpenException)
        {
            // What the formatting itself failed with is the one to tell; the next attempt names what is in its way.
        }
    }

    private static void Prepare(VolumeUrl place, bool force)
    {
        var directory = place.Directory;
        if (File.Exists(directory)) throw new Refusal(ExitCode.Failure, $"{directory} is not a directory");
        Directory.CreateDirectory(directory);
        if (force) return;
        if (VolumeDirectory.HoldsVolume(directory)) throw HoldsVolume(place);
        var other = Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).FirstOrDefault(name => name != "lost+found");
        if (other is not null)
            throw new Refusal(ExitCode.Failure, $"{directory} is not empty (it holds {other}); --force formats it all the same");
    }

    private static Refusal HoldsVolume(VolumeUrl url) =>
        new(ExitCode.Failure, $"{url} holds a volume already; --force erases it and everything in it");

    /// <summary>Removes the schema of a volume; a <see cref="MetadataOpenException"/> where that fails.</summary>
    internal static void DropSchema(PostgresUrl postgres) => PostgresMetadataStore.Drop(postgres);

    /// <summary>Removes a directory of a volume, if it is there.</summary>
    internal static void Erase(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }

    private static void WriteStores(VolumeDirectory held, VolumeUrl url, UInt128 identity, DateTimeOffset now)
    {
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using var stores = VolumeStores.Create(held, url, reactors.BlockingCalls);
        var cookieKey = RandomBits();
        var formatted = FileTime.FromUnixNanoseconds((now - DateTimeOffset.UnixEpoch).Ticks * 100);
        // As mkfs of a file system in a file of one's own: who makes it may write to it.
        var error = reactors.RunOn(0, () => Volume.Format(
            stores.Metadata, identity, cookieKey, formatted, ProcessCalls.EffectiveUserId, ProcessCalls.EffectiveGroupId));
        if (error == Errno.None) error = reactors.RunOn(0, stores.Data.SyncAll);
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"{held.Root}: formatting failed: {error.Describe()}");
    }

    private static UInt128 RandomBits()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bits);
    }
}
