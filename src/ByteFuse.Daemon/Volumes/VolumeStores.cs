using System.Globalization;
using ByteFuse.Data;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.FileSystem;
using ByteFuse.Metadata;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>The two stores of a volume in a directory.</summary>
public sealed class VolumeStores : IDisposable
{
    private VolumeStores(RocksDbMetadataStore metadata, LocalFileStore data)
    {
        Metadata = metadata;
        Data = data;
    }

    /// <summary>Names and attributes.</summary>
    public RocksDbMetadataStore Metadata { get; }

    /// <summary>File contents.</summary>
    public LocalFileStore Data { get; }

    /// <summary>Makes the stores of a volume that is being formatted; a <see cref="Refusal"/> where that fails.</summary>
    public static VolumeStores Create(VolumeDirectory directory, BlockingCalls blocking, Action<string>? log = null)
    {
        Directory.CreateDirectory(directory.Metadata);
        Directory.CreateDirectory(directory.Data);
        return Open(directory, create: true, blocking, log);
    }

    /// <summary>Opens the stores of a volume; a <see cref="Refusal"/> where that fails.</summary>
    public static VolumeStores Open(VolumeDirectory directory, BlockingCalls blocking, Action<string>? log = null) =>
        Open(directory, create: false, blocking, log);

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

    private static VolumeStores Open(VolumeDirectory directory, bool create, BlockingCalls blocking, Action<string>? log)
    {
        RocksDbMetadataStore? metadata = null;
        try
        {
            metadata = RocksDbMetadataStore.Open(directory.Metadata, new RocksDbOptions { CreateIfMissing = create, Log = log }, blocking);
            return new VolumeStores(metadata, LocalFileStore.Open(directory.Data));
        }
        catch (MetadataOpenException problem)
        {
            throw new Refusal(CodeOf(problem.Failure), problem.Message);
        }
        catch (DataOpenException problem)
        {
            metadata?.Dispose();
            throw new Refusal(ExitCode.Failure, problem.Message);
        }
    }

    private static ExitCode CodeOf(MetadataOpenFailure failure) => failure switch
    {
        MetadataOpenFailure.Held => ExitCode.Busy,
        MetadataOpenFailure.Corrupt => ExitCode.Corrupt,
        MetadataOpenFailure.Newer => ExitCode.NewerFormat,
        _ => ExitCode.Failure,
    };
}
