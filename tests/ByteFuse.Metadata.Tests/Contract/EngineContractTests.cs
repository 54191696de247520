using ByteFuse.Metadata.Memory;
using ByteFuse.Metadata.RocksDb;
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
