using System.Collections.Concurrent;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>A folder for stores, which are opened and reopened in it, and the lines that they log.</summary>
public abstract class RocksDbFixture(string? baseFolder = null) : IDisposable
{
    protected Scratch Scratch { get; } = new(baseFolder, "bytefuse-metadata-");

    protected ConcurrentQueue<string> Log { get; } = new();

    protected RocksDbOptions Options => new() { CreateIfMissing = true, ReserveBytes = 0, Log = Log.Enqueue };

    protected string Folder => Scratch["meta"];

    public virtual void Dispose()
    {
        Scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static RocksDbMetadataStore RocksDb(StoreHost host) => (RocksDbMetadataStore)host.Store;

    protected static StoreHost Open(string folder, RocksDbOptions options) =>
        new(blocking => RocksDbMetadataStore.Open(folder, options, blocking));

    protected StoreHost Open(RocksDbOptions? options = null) => Open(Folder, options ?? Options);

    protected static MetadataOpenException OpenFails(string folder, RocksDbOptions options)
    {
        var exception = Assert.Throws<MetadataOpenException>(() => Open(folder, options));
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Contains(folder, exception.Message);
        return exception;
    }

    protected static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }

    protected static byte[] Incompressible(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
