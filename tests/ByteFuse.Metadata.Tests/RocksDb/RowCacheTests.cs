using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>What the row cache answers, and that it never answers with what is no longer so.</summary>
public sealed class RowCacheTests(ITestOutputHelper output) : RocksDbFixture
{
    private const int RowBytes = RowCache.SlotBytes - 16;

    [Fact]
    public void Rows_that_were_committed_or_read_are_answered_without_the_engine()
    {
        using var host = Open();
        host.Put("committed", "a");
        Assert.Equal("a"u8.ToArray(), host.Get(StoreHost.Key("committed"))!.Value.Value);
        Assert.Null(host.Get(StoreHost.Key("absent")));
        var before = RocksDb(host).Statistics.EngineReads;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("a"u8.ToArray(), host.Get(StoreHost.Key("committed"))!.Value.Value);
            Assert.Null(host.Get(StoreHost.Key("absent")));
        }
        Assert.Equal(before, RocksDb(host).Statistics.EngineReads);
        // Known to be absent, then made, then removed.
        host.Put("absent", "b");
        Assert.Equal("b"u8.ToArray(), host.Get(StoreHost.Key("absent"))!.Value.Value);
        Assert.True(host.Commit(commit => commit.Delete(StoreHost.Key("absent"))).Committed);
        Assert.Null(host.Get(StoreHost.Key("absent")));
        Assert.Equal(before, RocksDb(host).Statistics.EngineReads);
    }

    [Fact]
    public void A_value_that_outgrows_a_slot_is_read_from_the_engine()
    {
        using var host = Open();
        var small = new string('s', RowBytes - 3);
        var large = new string('l', RowBytes - 2);
        foreach (var value in new[] { small, large, small, large })
        {
            host.Put("key", value);
            Assert.Equal(StoreHost.Key(value[..1]).Span[0], host.Get(StoreHost.Key("key"))!.Value.Value[0]);
        }
        var before = RocksDb(host).Statistics.EngineReads;
        host.Get(StoreHost.Key("key"));
        Assert.Equal(before + 1, RocksDb(host).Statistics.EngineReads);
        host.Put("key", small);
        host.Get(StoreHost.Key("key"));
        Assert.Equal(before + 1, RocksDb(host).Statistics.EngineReads);
    }

    [Fact]
    public void One_bucket_gives_rows_up_and_stays_right()
    {
        using var host = Open(Options with { RowCacheBytes = 0 });
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 5 * RowCache.Ways; i++) host.Put($"key/{i}", $"{round}.{i}");
            for (var i = 0; i < 5 * RowCache.Ways; i++)
                Assert.Equal($"{round}.{i}", System.Text.Encoding.UTF8.GetString(host.Get(StoreHost.Key($"key/{i}"))!.Value.Value));
        }
    }

    [Fact]
    public void What_was_read_before_a_commit_is_not_kept_after_it()
    {
        var rows = new RowCache(0);
        var key = StoreHost.Key("key");
        var ticket = Miss(rows, key);
        Commit(rows, key, 2);
        rows.Fill(ticket, key.Span, true, 1, "old"u8);
        Assert.Equal(2UL, Hit(rows, key));
        // Read while a commit is on its way: the engine is asked, and nothing is kept.
        var hash = KeyHash.Of(key.Span);
        rows.Freeze(hash);
        ticket = Miss(rows, key);
        rows.Fill(ticket, key.Span, true, 2, "old"u8);
        rows.Forget(hash, key.Span);
        rows.Thaw(hash);
        Miss(rows, key);
    }

    [Fact]
    public void Readers_beside_the_writer_see_whole_rows_that_grow_newer()
    {
        const int Rounds = 200_000;
        var rows = new RowCache(0);
        var keys = Enumerable.Range(0, RowCache.Ways + 2).Select(i => StoreHost.Key($"key/{i}")).ToArray();
        var done = false;
        long hits = 0;
        var readers = Enumerable.Range(0, 3).Select(_ => new Thread(Read)).ToList();
        readers.ForEach(reader => reader.Start());
        for (var i = 1; i <= Rounds; i++) Commit(rows, keys[i % keys.Length], (ulong)i);
        Volatile.Write(ref done, true);
        readers.ForEach(reader => reader.Join());
        output.WriteLine($"{hits} hits");
        Assert.True(hits > 0, "a reader saw a torn or an older row, or none at all");

        void Read()
        {
            var newest = new ulong[keys.Length];
            for (var i = 0; !Volatile.Read(ref done); i = (i + 1) % keys.Length)
            {
                using var read = MetadataRead.Rent();
                read.Add(keys[i]);
                if (!rows.TryRead(read, 0, out _)) continue;
                var version = read.Version(0);
                var value = read.Value(0);
                var whole = value.Length == Length(version) && value.IndexOfAnyExcept((byte)version) < 0;
                if (!whole || version < newest[i])
                {
                    Interlocked.Exchange(ref hits, long.MinValue);
                    return;
                }
                newest[i] = version;
                Interlocked.Increment(ref hits);
            }
        }
    }

    private static int Length(ulong version) => 20 + (int)(version % 180);

    private static void Commit(RowCache rows, MetadataKey key, ulong version)
    {
        Span<byte> value = stackalloc byte[Length(version)];
        value.Fill((byte)version);
        var hash = KeyHash.Of(key.Span);
        rows.Freeze(hash);
        rows.Store(hash, key.Span, true, version, value);
        rows.Thaw(hash);
    }

    private static RowTicket Miss(RowCache rows, MetadataKey key)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        Assert.False(rows.TryRead(read, 0, out var ticket));
        return ticket;
    }

    private static ulong Hit(RowCache rows, MetadataKey key)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        Assert.True(rows.TryRead(read, 0, out _));
        return read.Version(0);
    }
}
