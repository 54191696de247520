using System.Collections.Concurrent;
using System.Text;
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

    /// <summary>
    /// Adds a table of rows PREFIX0000, PREFIX0001... to the store. Compacting the keys of one table alone moves it down to the last
    /// level, next to the tables before.
    /// </summary>
    protected void AddTable(string prefix, int rows, int valueLength)
    {
        Open().Dispose();
        using var database = RocksDbOpening.Open(Folder, Options);
        // Not by commits: the engine's own record would stand before them in the same block.
        var record = GC.AllocateUninitializedArray<byte>(rows * (valueLength + 100), pinned: true);
        var left = record.AsSpan(CommitRecord.HeaderLength);
        for (var i = 0; i < rows; i++)
            left = CommitRecord.WriteRow(left, Encoding.ASCII.GetBytes($"{prefix}{i:d4}"), true, 1, Incompressible(i, valueLength));
        CommitRecord.Seal(record.AsSpan(0, record.Length - left.Length), 1, 1, 1, rows);
        Assert.True(CommitRecord.TryRead(record, 1, out var view));
        using var batch = new DrainBatch();
        batch.Add(view);
        batch.Build();
        Assert.Equal(EngineStatus.Ok, database.Write(batch.Handle, mayBlock: true));
        Assert.Equal(EngineStatus.Ok, database.Flush());
        var start = Encoding.ASCII.GetBytes(prefix);
        var limit = Encoding.ASCII.GetBytes(prefix + "~");
        database.Compact(start, limit);
    }

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
