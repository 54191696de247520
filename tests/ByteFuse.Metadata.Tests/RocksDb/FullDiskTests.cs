using ByteFuse.Metadata.RocksDb;
using ByteFuse.Testing;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>A disk that is full to the last block: what is there can be read and deleted, and then there is room again.</summary>
public sealed class FullDiskTests(ITestOutputHelper output) : RocksDbFixture
{
    private const int Rows = 200;

    // Far below what takes the reserve again, and far above what the engine takes by itself meanwhile: tables of a few rows, and
    // what it has used of SpaceReserve.LowBytes.
    private const long LittleRoom = 8 << 20;

    [Fact]
    public void A_full_disk_can_be_emptied()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root to mount an image");
        using var image = new LoopImage(Scratch["images"], size: 160L << 20);
        var folder = Path.Combine(image.MountPoint, "meta");
        var options = Options with { ReserveBytes = 32 << 20 };
        var ballast = Path.Combine(image.MountPoint, "ballast");
        using (var host = Open(folder, options))
        {
            for (var i = 0; i < Rows; i++) host.Put($"file/{i}", "x");
            // Nothing is left to drain: that would give up the reserve while the ballast is written, and the ballast would take it.
            Assert.Equal(Errno.None, host.Sync());
            FillDisk(ballast);
            CheckFull(host, 0, Rows / 4);
            CheckLittleRoom(host, ballast);
            File.Delete(ballast);
            CheckRoom(host);
        }
        // Full already when it is opened, with a log to replay.
        FillDisk(ballast);
        using (var host = Open(folder, options))
        {
            CheckFull(host, Rows / 4, Rows / 2);
            File.Delete(ballast);
            CheckRoom(host);
        }
        Assert.Equal(32 << 20, new FileInfo(Path.Combine(folder, SpaceReserve.FileName)).Length);
        Assert.Single(Log, line => line.Contains("the disk is full"));
        output.WriteLine(string.Join("\n", Log));
    }

    // What would grow is refused, what removes something is taken, and all is readable.
    private static void CheckFull(StoreHost host, int first, int end)
    {
        Assert.Equal(Rows - first, host.ScanAll(StoreHost.Key("file/")).Count);
        // Space is looked at when the commit log goes to the engine, and that has room for what the log takes.
        if (!RocksDb(host).IsDiskFull) Assert.Equal(Errno.None, Put(host, "one", 10));
        Assert.Equal(Errno.None, host.Sync());
        Assert.Equal(Errno.ENOSPC, Put(host, "more", 10));
        Assert.True(RocksDb(host).IsDiskFull);
        for (var i = first; i < end; i++) Assert.True(host.Commit(commit => commit.Delete(StoreHost.Key($"file/{i}"))).Committed);
        Assert.Equal(Errno.ENOSPC, Put(host, "more", 10));
        Assert.Equal(Errno.None, host.Sync());
        Assert.Equal(Rows - end, host.ScanAll(StoreHost.Key("file/")).Count);
    }

    // Who removes something can write something, though that is not enough to take the reserve again.
    private static void CheckLittleRoom(StoreHost host, string ballast)
    {
        var length = new FileInfo(ballast).Length;
        var before = Free(ballast);
        using (var file = File.OpenHandle(ballast, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.SetLength(file, length - LittleRoom);
        var after = Free(ballast);
        Assert.True(Put(host, "little", 10) == Errno.None, $"{before} bytes were free before, {after} behind, {Free(ballast)} now");
        Assert.True(RocksDb(host).IsDiskFull);
        FillDisk(ballast, length - LittleRoom, length);
        Assert.Equal(Errno.ENOSPC, Put(host, "more", 10));
    }

    private static void CheckRoom(StoreHost host)
    {
        Assert.Equal(Errno.None, Put(host, "more", 10));
        Assert.False(RocksDb(host).IsDiskFull);
    }

    private static long Free(string path) => new DriveInfo(Path.GetDirectoryName(path)!).TotalFreeSpace;

    private static void FillDisk(string path, long offset = 0, long end = long.MaxValue)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        var block = new byte[1 << 20];
        for (var size = (int)Math.Min(block.Length, end - offset); size >= 4096 && offset < end;)
        {
            try
            {
                RandomAccess.Write(file, block.AsSpan(0, size), offset);
                offset += size;
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    private static Errno Put(StoreHost host, string key, int size)
    {
        var outcome = host.Commit(commit => commit.Put(StoreHost.Key(key), Incompressible(size, size)));
        return outcome.Error;
    }
}
