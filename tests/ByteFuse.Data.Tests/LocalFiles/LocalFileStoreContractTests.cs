using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;

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
