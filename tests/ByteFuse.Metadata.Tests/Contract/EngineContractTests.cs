using ByteFuse.Metadata.Memory;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Metadata.Tests.PostgreSql;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.Contract;

/// <summary>The suite on the in-memory engine.</summary>
public sealed class MemoryContractTests(ITestOutputHelper output) : MetadataContractTests(output)
{
    protected override IMetadataStore Open(BlockingCalls blocking) => new MemoryMetadataStore();
}

/// <summary>The suite on RocksDB.</summary>
public sealed class RocksDbContractTests(ITestOutputHelper output) : MetadataContractTests(output)
{
    private readonly Scratch scratch = new(prefix: "bytefuse-metadata-");

    public override void Dispose()
    {
        base.Dispose();
        scratch.Dispose();
    }

    protected override IMetadataStore Open(BlockingCalls blocking) =>
        RocksDbMetadataStore.Open(scratch["meta"], new RocksDbOptions { CreateIfMissing = true, ReserveBytes = 1 << 20 }, blocking);
}

/// <summary>The suite on PostgreSQL.</summary>
public class PostgresContractTests(ITestOutputHelper output) : MetadataContractTests(output)
{
    protected PostgresVolume Volume { get; } = new();

    protected override bool CommitsAreDurable => true;

    public override void Dispose()
    {
        base.Dispose();
        Volume.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override IMetadataStore Open(BlockingCalls blocking) => Volume.Open();
}

/// <summary>The suite on PostgreSQL, by a node that alone commits and caches rows.</summary>
public sealed class PostgresCachedContractTests(ITestOutputHelper output) : PostgresContractTests(output)
{
    protected override IMetadataStore Open(BlockingCalls blocking) => Volume.Open(fencesOthers: true);
}

/// <summary>The suite on PostgreSQL, by several nodes at once.</summary>
public sealed class PostgresNodesContractTests(ITestOutputHelper output) : PostgresContractTests(output)
{
    private const int Nodes = 4;

    protected override IMetadataStore Open(BlockingCalls blocking) => new SpreadStore([.. Enumerable.Range(0, Nodes).Select(_ => Volume.Open())]);
}
