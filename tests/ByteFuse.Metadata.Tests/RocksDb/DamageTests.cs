using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Flipped bytes in tables, and stores that cannot be opened.</summary>
public sealed class DamageTests(ITestOutputHelper output) : RocksDbFixture
{
    private const int Rows = 3000;

    [Fact]
    public void A_damaged_block_is_an_error_and_never_wrong_and_the_rest_stays_readable()
    {
        var random = new Random(StoreHost.Seed(output));
        FillTable();
        var table = Directory.EnumerateFiles(Folder, "*.sst").MaxBy(path => new FileInfo(path).Length)!;
        var name = Path.GetFileName(table);
        using (var file = File.Open(table, FileMode.Open, FileAccess.ReadWrite))
        {
            Assert.True(file.Length > Rows * 200, $"{file.Length} bytes in {name}");
            // In the blocks of values: index and footer are behind them.
            for (var i = 0; i < 3; i++) Flip(file, random.NextInt64(file.Length * 8 / 10));
        }
        using var host = Open();
        var failed = 0;
        for (var i = 0; i < Rows; i++)
        {
            using var read = MetadataRead.Rent();
            read.Add(StoreHost.Key($"row/{i:d6}"));
            var error = StoreHost.On(0, () => host.Store.Get(read));
            if (error == Errno.None)
            {
                Assert.True(read.Found(0));
                Assert.Equal(Incompressible(i, 300), read.Value(0).ToArray());
                continue;
            }
            Assert.Equal(Errno.EIO, error);
            failed++;
        }
        // Three flips hit one to three blocks of some 4 KiB.
        Assert.InRange(failed, 1, 60);
        Assert.All(Log, line => Assert.Contains(name, line));
        Assert.InRange(Log.Count, 1, 3);

        using var scan = MetadataScan.Rent();
        scan.Start(StoreHost.Key("row/"), default, Rows);
        Assert.Equal(Errno.EIO, StoreHost.On(0, () => host.Store.Scan(scan)));
        Assert.Equal(0, scan.Count);
        // Writing goes on too.
        host.Put("new", "x");
        Assert.Equal("x", host.GetText("new"));
        var verification = RocksDb(host).Verify();
        Assert.NotEmpty(verification.Damage);
        Assert.All(verification.Damage, line => Assert.Contains(name, line));
        output.WriteLine(string.Join("\n", Log));
    }

    [Fact]
    public void An_intact_store_verifies()
    {
        FillTable();
        using var host = Open();
        var verification = RocksDb(host).Verify();
        Assert.Empty(verification.Damage);
        // And the engine's own record.
        Assert.Equal(Rows + 1, verification.Keys);
        Assert.Empty(Log);
    }

    [Fact]
    public void What_cannot_be_opened_says_why_in_one_line()
    {
        var missing = Options with { CreateIfMissing = false };
        Assert.Equal(MetadataOpenFailure.Missing, OpenFails(Scratch["nothing"], missing).Failure);
        Assert.False(Directory.Exists(Scratch["nothing"]));
        Directory.CreateDirectory(Scratch["empty"]);
        Assert.Equal(MetadataOpenFailure.Missing, OpenFails(Scratch["empty"], missing).Failure);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Scratch["empty"]));
        File.WriteAllText(Scratch["file"], "");
        Assert.Equal(MetadataOpenFailure.Other, OpenFails(Scratch["file"], Options).Failure);

        using (Open()) Assert.Equal(MetadataOpenFailure.Held, OpenFails(Folder, Options).Failure);

        FillTable();
        Damaged("manifest", folder => Overwrite(Directory.EnumerateFiles(folder, "MANIFEST-*").Single()));
        Damaged("current", folder => File.Delete(Path.Combine(folder, "CURRENT")));
        Damaged("garbage", folder => File.WriteAllText(Path.Combine(folder, "CURRENT"), "MANIFEST-999999\n"));
        Damaged("table", folder => File.Delete(Directory.EnumerateFiles(folder, "*.sst").First()));
        Open().Dispose();
    }

    [Fact]
    public void A_store_of_a_newer_layout_is_refused()
    {
        Open().Dispose();
        using (var database = RocksDbOpening.Open(Folder, Options))
            WriteEngineRecord(database, EngineRecord.Layout + 1, epoch: 1);
        Assert.Equal(MetadataOpenFailure.Newer, OpenFails(Folder, Options).Failure);
    }

    [Fact]
    public void A_store_from_before_the_commit_log_goes_on()
    {
        using (var host = Open()) host.Put("key", "value");
        File.Delete(Path.Combine(Folder, CommitLog.FileName));
        using (var database = RocksDbOpening.Open(Folder, Options))
            WriteEngineRecord(database, layout: 1, epoch: 41);
        using (var host = Open())
        {
            Assert.Equal("value", host.GetText("key"));
            Assert.Equal(42UL << EngineRecord.CountBits, host.Store.CommittedSequence);
            host.Put("key", "later");
        }
        using (var host = Open()) Assert.Equal("later", host.GetText("key"));
    }

    [Fact]
    public void The_newest_library_is_tried_first()
    {
        foreach (var file in new[] { "librocksdb.so.7.8.3", "librocksdb.so.10.2", "librocksdb.so.7.8", "librocksdb.so.9", "librocks.so.11" })
            File.WriteAllText(Scratch[file], "");
        Assert.Equal(
            ["librocksdb.so.10.2", "librocksdb.so.9", "librocksdb.so.7.8.3", "librocksdb.so.7.8"],
            NativeLibraryLocator.Candidates([Scratch["none"], Scratch.Path]).Select(Path.GetFileName));
    }

    private static void WriteEngineRecord(RocksDbDatabase database, byte layout, ulong epoch)
    {
        var batch = NativeMethods.BatchCreate();
        EngineRecord.Append(batch, epoch, 0, layout);
        Assert.Equal(EngineStatus.Ok, database.Write(batch, mayBlock: true));
        NativeMethods.BatchDestroy(batch);
    }

    private void Damaged(string name, Action<string> damage)
    {
        var folder = Scratch[name];
        Copy(Folder, folder);
        damage(folder);
        var exception = OpenFails(folder, Options);
        output.WriteLine(exception.Message);
        Assert.Equal((name, MetadataOpenFailure.Corrupt), (name, exception.Failure));
    }

    private void FillTable()
    {
        using (var host = Open())
        {
            for (var i = 0; i < Rows; i++)
                Assert.True(host.Commit(commit => commit.Put(StoreHost.Key($"row/{i:d6}"), Incompressible(i, 300))).Committed);
        }
        // Replaying the log at opening turns it into a table.
        Open().Dispose();
    }

    private static void Overwrite(string path)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        for (var i = 0; i < Math.Min(100, file.Length); i++) Flip(file, i);
    }

    private static void Flip(FileStream file, long at)
    {
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 0x5a));
    }
}
