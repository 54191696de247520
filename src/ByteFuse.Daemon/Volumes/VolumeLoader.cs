using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Metadata.Dump;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>What loading a dump gave.</summary>
/// <param name="Description">The volume.</param>
/// <param name="Rows">Rows of the dump.</param>
/// <param name="LacksBytes">True where the directory has no bytes of any file: they are to be brought there.</param>
public sealed record VolumeLoading(VolumeDescription Description, long Rows, bool LacksBytes);

/// <summary>
/// Makes a volume of a dump of its metadata: in a directory that has at most the bytes of its files (<c>data/</c>), or, with force, in
/// place of the metadata of the same volume, which then may have another engine.
/// </summary>
public static class VolumeLoader
{
    /// <summary>Loads. Whatever stands in the way is a <see cref="Refusal"/>; what was there before is then there as before.</summary>
    /// <param name="url">The volume that is to be.</param>
    /// <param name="data">Where the bytes of files are, if the volume's URL does not say that.</param>
    /// <param name="stream">The dump; stays the caller's.</param>
    /// <param name="force">Replace the metadata of a volume that is there.</param>
    /// <param name="progress">Told the number of rows so far.</param>
    public static VolumeLoading Load(VolumeUrl url, VolumeUrl? data, Stream stream, bool force, Action<long> progress)
    {
        var place = VolumeFormatter.PlaceOf(url, data);
        try
        {
            var reader = new DumpReader(stream);
            if (File.Exists(place.Directory)) throw new Refusal(ExitCode.Failure, $"{place.Directory} is not a directory");
            Directory.CreateDirectory(place.Directory);
            using var held = VolumeDirectory.Hold(place.Directory);
            return Load(url, place, reader, held, RequireRoom(place, reader, force), progress);
        }
        catch (DumpFormatException problem)
        {
            throw new Refusal(ExitCode.Failure, $"the dump cannot be loaded: {problem.Message}");
        }
    }

    /// <summary>
    /// The volume that the directory holds, if it is the dump's own and may be replaced; null where it holds none: metadata without a
    /// description is what an interrupted loading or formatting has left.
    /// </summary>
    private static VolumeDescription? RequireRoom(VolumeUrl place, DumpReader reader, bool force)
    {
        if (VolumeDirectory.HoldsVolume(place.Directory))
        {
            var before = VolumeDirectory.ReadDescription(place.Directory);
            if (before.Identity != IdentityOf(reader))
                throw new Refusal(ExitCode.Failure, $"{place} holds volume {before.Identity}, the dump is of volume {IdentityOf(reader)}");
            return force ? before : throw new Refusal(ExitCode.Failure, $"{place} holds this volume already; --force replaces its metadata by the dump's");
        }
        var other = Directory.EnumerateFileSystemEntries(place.Directory).Select(Path.GetFileName)
            .FirstOrDefault(name => name is not ("lost+found" or "lock" or "data" or "meta" or "meta.replaced"));
        return other is null ? null : throw new Refusal(ExitCode.Failure, $"{place.Directory} holds {other}: a dump is loaded beside data/ alone");
    }

    private static VolumeLoading Load(
        VolumeUrl url, VolumeUrl place, DumpReader reader, VolumeDirectory held, VolumeDescription? before, Action<long> progress)
    {
        if (url.Postgres is { } postgres) VolumeFormatter.CreateSchema(postgres, place, force: false, held);
        var replaced = held.Metadata + ".replaced";
        var hadBytes = Directory.Exists(held.Data);
        try
        {
            if (url.Postgres is null) MakeWay(held, before, replaced);
            var lacksBytes = WriteStores(url, reader, held, progress);
            var description = new VolumeDescription
            {
                Kind = VolumeDescription.Signature,
                Format = VolumeDescription.CurrentFormat,
                Identity = IdentityOf(reader),
                Formatted = TimeOf(reader.Volume.FormattedNs),
                Metadata = url.Postgres?.ToString(),
            };
            held.WriteDescription(description);
            VolumeFormatter.Erase(replaced);
            if (url.Postgres is not null) VolumeFormatter.Erase(held.Metadata);
            return new VolumeLoading(description, reader.Rows, lacksBytes);
        }
        catch
        {
            if (!hadBytes) VolumeFormatter.Erase(held.Data);
            Withdraw(url, held, before, replaced);
            throw;
        }
    }

    private static void MakeWay(VolumeDirectory held, VolumeDescription? before, string replaced)
    {
        if (before is null)
        {
            VolumeFormatter.Erase(held.Metadata);
            return;
        }
        // From here until its description is written the directory holds no volume: a crash leaves the dump, the bytes, and this.
        held.RemoveDescription();
        VolumeFormatter.Erase(replaced);
        if (Directory.Exists(held.Metadata)) Directory.Move(held.Metadata, replaced);
    }

    private static bool WriteStores(VolumeUrl url, DumpReader reader, VolumeDirectory held, Action<long> progress)
    {
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        using var stores = VolumeStores.Create(held, url, reactors.BlockingCalls);
        var error = MetadataDump.Load(reader, stores.Metadata, reactors, progress);
        if (error == Errno.EEXIST) throw new Refusal(ExitCode.Failure, $"the dump cannot be loaded: two rows about the same, or {url} is not empty");
        var stored = stores.Data.Scan().Select(file => file.DataId ?? 0).DefaultIfEmpty().Max();
        if (error == Errno.None && stored > 0) error = reactors.RunOn(0, () => Reserve(stores.Metadata, stored));
        if (error != Errno.None) throw new Refusal(ExitCode.Failure, $"{url}: loading failed: {error.Describe()}");
        return stored == 0 && reader.Rows > 0;
    }

    /// <summary>
    /// The bytes may be younger than the dump: no new file is to get a number under which there are some. Those of files that the dump
    /// does not have are removed as after a crash (StraySweep).
    /// </summary>
    private static async ReactorTask<Errno> Reserve(IMetadataStore metadata, ulong dataId)
    {
        using var commit = MetadataCommit.Rent();
        commit.Max(Keys.InodeAllocator, NumberCounters.NextField, (long)dataId + 1);
        var outcome = await metadata.Commit(commit);
        return outcome.Error != Errno.None ? outcome.Error : await metadata.Sync();
    }

    private static void Withdraw(VolumeUrl url, VolumeDirectory held, VolumeDescription? before, string replaced)
    {
        try
        {
            if (url.Postgres is { } postgres)
            {
                VolumeFormatter.DropSchema(postgres);
            }
            else
            {
                VolumeFormatter.Erase(held.Metadata);
                if (Directory.Exists(replaced)) Directory.Move(replaced, held.Metadata);
            }
            if (before is not null) held.WriteDescription(before);
            else held.RemoveLock();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or MetadataOpenException)
        {
            // What the loading itself failed with is the one to tell.
        }
    }

    private static DateTimeOffset TimeOf(long time) =>
        DateTimeOffset.UnixEpoch.AddSeconds(FileTime.Seconds(time)).AddTicks(FileTime.Nanoseconds(time) / TimeSpan.NanosecondsPerTick);

    private static string IdentityOf(DumpReader reader) => reader.Volume.Identity.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
