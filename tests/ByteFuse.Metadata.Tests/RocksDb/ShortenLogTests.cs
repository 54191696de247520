using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>What is left to be replayed for who opens the store next.</summary>
public sealed class ShortenLogTests : RocksDbFixture
{
    private const int Rows = 2000;

    [Fact]
    public void Nothing_is_left_to_be_replayed_and_nothing_is_lost()
    {
        var folder = Path.Combine(Scratch["stores"], "meta");
        using (var host = Open(folder, Options))
        {
            for (var i = 0; i < Rows; i++) host.Put($"file/{i}", "x");
            Assert.Equal(Errno.None, host.Sync());
            Assert.True(Replayed(folder) > Rows, $"{Replayed(folder)} bytes");
            host.Store.ShortenLog();
            Assert.Equal(0, Replayed(folder));
        }
        using (var host = Open(folder, Options)) Assert.Equal(Rows, host.ScanAll(StoreHost.Key("file/")).Count);
    }

    private static long Replayed(string folder) => Directory.GetFiles(folder, "*.log").Sum(log => new FileInfo(log).Length);
}
