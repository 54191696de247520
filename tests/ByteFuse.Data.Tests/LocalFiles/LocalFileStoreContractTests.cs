using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>The contract on local files.</summary>
public sealed class LocalFileStoreContractTests(Ext4Image image) : DataStoreContract, IClassFixture<Ext4Image>
{
    protected override IDataStore Open() => LocalFileStore.Open(image.NewFolder());
}

/// <summary>The contract where only one file can stay open, so that every operation opens and evicts.</summary>
public sealed class EvictingLocalFileStoreContractTests(Ext4Image image) : DataStoreContract, IClassFixture<Ext4Image>
{
    protected override IDataStore Open() => LocalFileStore.Open(image.NewFolder(), descriptorBound: 1);
}

/// <summary>The contract on tmpfs, where every transfer is made at once.</summary>
public sealed class InMemoryLocalFileStoreContractTests : DataStoreContract
{
    private readonly Scratch scratch = new("/dev/shm", "bytefuse-data-");

    public override void Dispose()
    {
        base.Dispose();
        scratch.Dispose();
    }

    protected override IDataStore Open() => LocalFileStore.Open(Directory.CreateDirectory(scratch[Guid.NewGuid().ToString("N")]).FullName);
}
