using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Which RocksDB libraries are taken, by the names of their files.</summary>
public sealed class LibraryVersionTests
{
    [Theory]
    [InlineData("librocksdb.so.6.29.5", false)]
    [InlineData("librocksdb.so.7.8.3", false)]
    [InlineData("librocksdb.so.7.10", false)]
    [InlineData("librocksdb.so.8.0.0", true)]
    [InlineData("librocksdb.so.8.3.2", true)]
    [InlineData("librocksdb.so.8.5.0", true)]
    [InlineData("librocksdb.so.8.5", true)]
    [InlineData("librocksdb.so.8", true)]
    [InlineData("librocksdb.so.8.5.1", false)]
    [InlineData("librocksdb.so.8.9.1", false)]
    [InlineData("librocksdb.so.8.11.3", false)]
    [InlineData("librocksdb.so.9.0.0", false)]
    [InlineData("librocksdb.so.10.2.1", false)]
    [InlineData("librocksdb.so", false)]
    public void Versions_that_may_lose_data_are_refused(string file, bool refused) =>
        Assert.Equal(refused, NativeLibraryLocator.MayLoseData("/usr/lib/" + file));
}
