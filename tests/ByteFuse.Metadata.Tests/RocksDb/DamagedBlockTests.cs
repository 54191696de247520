using System.Text;
using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Each block of a table damaged in turn, the table being the second of its level: no key is ever missed without an error.</summary>
public sealed class DamagedBlockTests(ITestOutputHelper output) : RocksDbFixture
{
    private const int Rows = 60;
    private const int ValueLength = 300;

    // A block of the default 4 KiB holds some twelve rows, so steps of half a block reach each of them.
    private const int Step = 2000;

    [Fact]
    public void No_scan_steps_over_a_damaged_block()
    {
        foreach (var first in new[] { "a/", "m/", "z/" }) AddTable(first, Rows, ValueLength);
        var table = Directory.EnumerateFiles(Folder, "*.sst").Single(path => Holds(path, "m/"));
        var name = Path.GetFileName(table);
        var at = new List<long>();
        for (long position = 10; position < Rows * ValueLength; position += Step) at.Add(position);
        Assert.True(at.Count > 5);
        for (var i = 0; i < at.Count; i++) Check(Scratch["damaged" + i], name, at[i]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_compaction_does_not_drop_a_damaged_table(bool damage)
    {
        foreach (var first in new[] { "a/", "m/", "z/" }) AddTable(first, Rows, ValueLength);
        var table = Directory.EnumerateFiles(Folder, "*.sst").Single(path => Holds(path, "m/"));
        if (damage) Flip(table, 10);
        using (var host = Open())
        {
            foreach (var prefix in new[] { "a/", "m/", "z/" }) host.Put($"{prefix}{Rows - 1:d4}", "new");
        }
        using (var database = RocksDbOpening.Open(Folder, Options))
        {
            database.Flush();
            database.Compact(Encoding.ASCII.GetBytes("a/"), Encoding.ASCII.GetBytes("zz"));
        }
        // The engine merges the intact table away and refuses to merge the damaged one.
        Assert.Equal(damage, File.Exists(table));
        using var reopened = Open();
        for (var i = 0; i < Rows; i++)
        {
            using var read = MetadataRead.Rent();
            read.Add(StoreHost.Key($"m/{i:d4}"));
            var error = StoreHost.On(0, () => reopened.Store.Get(read));
            if (error == Errno.None) Assert.True(read.Found(0), $"row {i} is gone");
            else Assert.Equal((true, Errno.EIO), (damage, error));
        }
        Assert.Equal(damage ? 1 : 0, RocksDb(reopened).Verify().Damage.Count);
    }

    private static bool Holds(string path, string prefix) => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(prefix + "0000")) >= 0;

    private static void Flip(string path, long at)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 0x5a));
    }

    private void Check(string folder, string name, long at)
    {
        Copy(Folder, folder);
        Flip(Path.Combine(folder, name), at);
        output.WriteLine($"byte {at} of {name}");
        using var host = Open(folder, Options);
        // In the write buffer and behind the damage: what an iterator would go on with that forgot the failure.
        host.Put("zz", "x");
        // Everything, and from the table before, across the boundary.
        Assert.Equal(Errno.EIO, Scan(host, "", "", out _));
        Assert.Equal(Errno.EIO, Scan(host, "", $"a/{Rows - 2:d4}", out _));
        // The damaged table alone, and from its middle: there the damage may lie before the start.
        Assert.Equal(Errno.EIO, Scan(host, "m/", "", out _));
        if (Scan(host, "m/", $"m/{Rows / 2:d4}", out var found) == Errno.None) Assert.Equal(Rows - Rows / 2 - 1, found);
        foreach (var intact in new[] { "a/", "z/" })
        {
            Assert.Equal(Errno.None, Scan(host, intact, "", out found));
            Assert.Equal(Rows, found);
        }
        var verification = RocksDb(host).Verify();
        Assert.Contains(name, Assert.Single(verification.Damage));
    }

    private static Errno Scan(StoreHost host, string prefix, string after, out int found)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(StoreHost.Key(prefix), StoreHost.Key(after), 10 * Rows);
        var error = StoreHost.On(0, () => host.Store.Scan(scan));
        found = scan.Count;
        return error;
    }
}
