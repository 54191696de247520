using System.Text;

namespace ByteFuse.Metadata.Tests.Contract;

public abstract partial class MetadataContractTests
{
    [Fact]
    public void A_scan_returns_the_keys_of_a_prefix_in_order_and_resumes()
    {
        foreach (var key in new[] { "b/3", "b/1", "a", "b", "b/2", "b/22", "c" }) Host.Put(key, "v" + key);
        Assert.Equal(["b/1", "b/2", "b/22", "b/3"], Keys(Host.ScanAll(StoreHost.Key("b/"), 2)));
        Assert.Equal(["b", "b/1", "b/2", "b/22", "b/3"], Keys(Host.ScanAll(StoreHost.Key("b"), 1)));
        Assert.Equal(7, Host.ScanAll(default, 3).Count);

        using var scan = MetadataScan.Rent();
        scan.Start(StoreHost.Key("b/"), StoreHost.Key("b/2"), 100);
        Assert.Equal(Errno.None, StoreHost.On(0, () => Host.Store.Scan(scan)));
        Assert.Equal(2, scan.Count);
        Assert.False(scan.HasMore);
        Assert.Equal("b/22"u8, scan.Key(0));
        Assert.Equal("vb/22"u8, scan.Value(0));
        Assert.Equal(Host.Get(StoreHost.Key("b/22"))!.Value.Version, scan.Version(0));

        // From behind a key that is not there, from before the prefix, from behind it, and without values.
        Assert.Equal(["b/22", "b/3"], ScanFrom("b/", "b/20"));
        Assert.Equal(["b/1", "b/2", "b/22", "b/3"], ScanFrom("b/", "a"));
        Assert.Empty(ScanFrom("b/", "c"));
        scan.Start(StoreHost.Key("b/"), default, 100, wantValues: false);
        StoreHost.On(0, () => Host.Store.Scan(scan));
        Assert.Equal(4, scan.Count);
        Assert.Equal(0, scan.Value(0).Length);
    }

    [Fact]
    public void Keys_of_any_bytes_are_ordered_as_bytes()
    {
        var random = new Random(StoreHost.Seed(output));
        var model = new SortedDictionary<byte[], byte[]>(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)));
        // 0x00 and 0xff often: the edges of the order.
        byte[] alphabet = [0, 0, 1, 0x7f, 0x80, 0xfe, 0xff, 0xff];
        for (var i = 0; i < 400; i++)
        {
            var key = new byte[random.Next(10) == 0 ? MetadataKey.MaximumLength : random.Next(1, 7)];
            for (var j = 0; j < key.Length; j++) key[j] = alphabet[random.Next(alphabet.Length)];
            model[key] = BitConverter.GetBytes(i);
            Assert.True(Host.Commit(commit => commit.Put(StoreHost.Key(key), model[key])).Committed);
        }
        Assert.Equal(model.Select(row => Convert.ToHexString(row.Key)), Host.ScanAll(default, 17).Select(row => Convert.ToHexString(row.Key)));
        foreach (var key in model.Keys) Assert.Equal(model[key], Host.Get(StoreHost.Key(key))!.Value.Value);
        for (var i = 0; i < 200; i++)
        {
            var prefix = new byte[random.Next(0, 4)];
            for (var j = 0; j < prefix.Length; j++) prefix[j] = alphabet[random.Next(alphabet.Length)];
            var expected = model.Keys.Where(key => key.AsSpan().StartsWith(prefix)).Select(Convert.ToHexString).ToList();
            Assert.Equal(expected, Host.ScanAll(StoreHost.Key(prefix), random.Next(1, 50)).Select(row => Convert.ToHexString(row.Key)));
            var empty = Host.Commit(commit => commit.RequireEmpty(StoreHost.Key(prefix)));
            Assert.Equal(expected.Count == 0, empty.Committed);
        }
    }

    /// <summary>A marker wanders among the keys of a prefix; whoever sees none or two of it saw no single state.</summary>
    [Fact]
    public void One_scan_sees_one_state()
    {
        const int Places = 100;
        const int Moves = 2000;
        const int Scans = 100;
        var seed = StoreHost.Seed(output);
        Host.Commit(commit => commit.Put(Place(0), "marker"u8));
        var done = 0;
        var scans = 0;
        var torn = 0;
        StoreHost.OnAll(2, number => number == 0 ? Move() : Watch());
        Assert.Equal(0, torn);

        static MetadataKey Place(int place) => StoreHost.Key($"place/{place:d3}");

        async ReactorTask<bool> Move()
        {
            var random = new Random(seed);
            var place = 0;
            for (var i = 0; i < Moves || Volatile.Read(ref scans) < Scans; i++)
            {
                using var commit = MetadataCommit.Rent();
                var next = (place + random.Next(1, Places)) % Places;
                commit.Delete(Place(place));
                commit.Put(Place(next), "marker"u8);
                Assert.True((await Host.Store.Commit(commit)).Committed);
                place = next;
                if (i % 16 == 0) await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
            Volatile.Write(ref done, 1);
            return true;
        }

        async ReactorTask<bool> Watch()
        {
            while (Volatile.Read(ref done) == 0)
            {
                if ((await Host.ScanAllAsync(StoreHost.Key("place/"), 1000)).Count != 1) torn++;
                Interlocked.Increment(ref scans);
                await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
            return true;
        }
    }

    [Fact]
    public void Resumed_scans_return_what_was_there_throughout_exactly_once()
    {
        const int Steady = 500;
        var seed = StoreHost.Seed(output);
        for (var i = 0; i < Steady; i++) Host.Put($"dir/{i:d4}", "steady");
        var done = 0;
        StoreHost.OnAll(2, number => number == 0 ? List() : Disturb(number));

        async ReactorTask<bool> List()
        {
            var random = new Random(seed);
            for (var round = 0; round < 20; round++)
            {
                var rows = await Host.ScanAllAsync(StoreHost.Key("dir/"), random.Next(1, 40));
                var names = rows.Select(row => Encoding.UTF8.GetString(row.Key)).ToList();
                Assert.Equal(names.Order(StringComparer.Ordinal), names);
                Assert.Equal(Steady, names.Distinct().Count(name => name.Length == "dir/0000".Length));
                await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
            Volatile.Write(ref done, 1);
            return true;
        }

        async ReactorTask<bool> Disturb(int number)
        {
            var random = new Random(seed + number);
            while (Volatile.Read(ref done) == 0)
            {
                using var commit = MetadataCommit.Rent();
                var key = StoreHost.Key($"dir/{random.Next(Steady):d4}+{number}");
                if (random.Next(2) == 0) commit.Put(key, "x"u8);
                else commit.Delete(key);
                Assert.True((await Host.Store.Commit(commit)).Committed);
                // The listing may be on this same reactor.
                if (random.Next(8) == 0) await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
            return true;
        }
    }

    private static IEnumerable<string> Keys(List<(byte[] Key, byte[] Value)> rows) => rows.Select(row => Encoding.UTF8.GetString(row.Key));

    private List<string> ScanFrom(string prefix, string after)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(StoreHost.Key(prefix), StoreHost.Key(after), 100);
        Assert.Equal(Errno.None, StoreHost.On(0, () => Host.Store.Scan(scan)));
        return Enumerable.Range(0, scan.Count).Select(i => Encoding.UTF8.GetString(scan.Key(i))).ToList();
    }
}
