using System.Globalization;
using ByteFuse.Data;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.FileSystem;
using ByteFuse.Metadata;
using ByteFuse.Metadata.PostgreSql;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>The two stores of a volume: data in a directory, metadata there too or in PostgreSQL.</summary>
public sealed class VolumeStores : IDisposable
{
    private VolumeStores(IMetadataStore metadata, LocalFileStore data)
    {
        Metadata = metadata;
        Data = data;
    }

    /// <summary>Names and attributes.</summary>
    public IMetadataStore Metadata { get; }

    /// <summary>What the metadata's engine has done; what only RocksDB counts is 0 for others.</summary>
    public RocksDbStatistics MetadataStatistics => Metadata switch
    {
        RocksDbMetadataStore embedded => embedded.Statistics,
        PostgresMetadataStore { Statistics: var remote } => new RocksDbStatistics { Commits = remote.Commits, Batches = remote.CommitRoundTrips, Gets = remote.Reads },
        _ => default,
    };

    /// <summary>File contents.</summary>
    public LocalFileStore Data { get; }

    /// <summary>Makes the stores of a volume that is being formatted; a <see cref="Refusal"/> where that fails.</summary>
    public static VolumeStores Create(VolumeDirectory directory, VolumeUrl url, BlockingCalls blocking)
    {
        if (url.Postgres is null) Directory.CreateDirectory(directory.Metadata);
        Directory.CreateDirectory(directory.Data);
        return Open(directory, url, create: true, blocking, log: null, patience: null, openingPatience: default);
    }

    /// <summary>Opens the stores of a volume; a <see cref="Refusal"/> where that fails.</summary>
    public static VolumeStores Open(
        VolumeDirectory directory, VolumeUrl url, BlockingCalls blocking, Action<string>? log = null, TimeSpan? patience = null, TimeSpan openingPatience = default) =>
        Open(directory, url, create: false, blocking, log, patience, openingPatience);

    /// <summary>
    /// A <see cref="Refusal"/> where the metadata is not that of the volume which volume.json describes: a directory put
    /// together from copies or backups of two. Opened, it would take the other's bytes for its own, or for nobody's.
    /// </summary>
    public void RequireIdentity(VolumeDescription description, VolumeUrl url, ReactorSet reactors)
    {
        if (reactors.RunOn(0, () => Volume.ReadIdentity(Metadata)) is not { } identity) return;
        var stored = identity.ToString("x32", CultureInfo.InvariantCulture);
        if (stored == description.Identity) return;
        throw new Refusal(ExitCode.Corrupt,
            $"{url}: volume.json describes volume {description.Identity}, the metadata store holds volume {stored}");
    }

    /// <summary>Closes both.</summary>
    public void Dispose()
    {
        Metadata.Dispose();
        Data.Dispose();
    }

    /// <summary>What a store's own exception is to whoever typed the command.</summary>
    internal static Refusal Refuse(MetadataOpenException problem) => new(CodeOf(problem.Failure), problem.Message);

    private static VolumeStores Open(
        VolumeDirectory directory, VolumeUrl url, bool create, BlockingCalls blocking, Action<string>? log, TimeSpan? patience, TimeSpan openingPatience)
    {
        IMetadataStore? metadata = null;
        try
        {
            metadata = url.Postgres is { } postgres
                ? PostgresMetadataStore.Open(OptionsOf(postgres, log, patience, openingPatience))
                : RocksDbMetadataStore.Open(directory.Metadata, new RocksDbOptions { CreateIfMissing = create, Log = log }, blocking);
            return new VolumeStores(metadata, LocalFileStore.Open(directory.Data, blocking: blocking));
        }
        catch (MetadataOpenException problem)
        {
            throw Refuse(problem);
        }
        catch (DataOpenException problem)
        {
            metadata?.Dispose();
            throw new Refusal(ExitCode.Failure, problem.Message);
        }
    }

    // The bytes are in a directory that this process has locked: whoever else has committed to the metadata is dead.
    private static PostgresOptions OptionsOf(PostgresUrl url, Action<string>? log, TimeSpan? patience, TimeSpan openingPatience) =>
        new() { Url = url, FencesOthers = true, Log = log, Patience = patience ?? PostgresOptions.DefaultPatience, OpeningPatience = openingPatience };

    private static ExitCode CodeOf(MetadataOpenFailure failure) => failure switch
    {
        MetadataOpenFailure.Held => ExitCode.Busy,
        MetadataOpenFailure.Corrupt => ExitCode.Corrupt,
        MetadataOpenFailure.Newer => ExitCode.NewerFormat,
        _ => ExitCode.Failure,
    };
}
