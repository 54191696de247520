using ByteFuse.Metadata.RocksDb;
using ByteFuse.Metadata.Rows;

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
        // Until the engine has it, it is kept all the same.
        host.ScanAll(StoreHost.Key("key"));
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
        // Read while a commit is being made: to be asked again.
        var hash = KeyHash.Of(key.Span);
        rows.Freeze(hash);
        Assert.Equal(RowAnswer.Busy, Read(rows, key, out _, out _));
        rows.Thaw(hash);
        Assert.Equal(2UL, Hit(rows, key));
    }

    [Fact]
    public void Rows_stay_until_the_engine_has_them()
    {
        const uint Half = 7;
        var rows = new RowCache(0);
        rows.Release(Half - 1);
        // More than the one bucket holds, and one that fits into no slot.
        var keys = Enumerable.Range(0, 5 * RowCache.Ways).Select(i => StoreHost.Key($"key/{i}")).ToArray();
        for (var i = 0; i < keys.Length; i++) Commit(rows, keys[i], (ulong)i, Half);
        var large = StoreHost.Key("large");
        Commit(rows, large, 1000, Half, new byte[RowBytes]);
        Commit(rows, keys[3], 1003, Half + 1);
        for (var i = 0; i < keys.Length; i++) Assert.Equal(i == 3 ? 1003UL : (ulong)i, Hit(rows, keys[i]));
        Assert.Equal(1000UL, Hit(rows, large));
        rows.Release(Half);
        Assert.Equal(1003UL, Hit(rows, keys[3]));
        Miss(rows, large);
        Assert.InRange(keys.Count(key => Read(rows, key, out _, out _) == RowAnswer.Known), 1, RowCache.Ways + 1);
        // Now they make room, all but the one that came with the next half.
        for (var i = 0; i < keys.Length; i++) Fill(rows, StoreHost.Key($"other/{i}"));
        Assert.Equal(1003UL, Hit(rows, keys[3]));
        Assert.DoesNotContain(keys.Where((_, i) => i != 3), key => Read(rows, key, out _, out _) == RowAnswer.Known);
        rows.Release(Half + 1);
        for (var i = 0; i < keys.Length; i++) Fill(rows, StoreHost.Key($"more/{i}"));
        Miss(rows, keys[3]);
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
                if (rows.TryRead(read, 0, out _) != RowAnswer.Known) continue;
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

    private static void Commit(RowCache rows, MetadataKey key, ulong version, uint half = 0)
    {
        Span<byte> value = stackalloc byte[Length(version)];
        value.Fill((byte)version);
        Commit(rows, key, version, half, value);
    }

    private static void Commit(RowCache rows, MetadataKey key, ulong version, uint half, ReadOnlySpan<byte> value)
    {
        var hash = KeyHash.Of(key.Span);
        rows.Freeze(hash);
        rows.Store(hash, key.Span, true, version, value, half);
        rows.Thaw(hash);
    }

    private static void Fill(RowCache rows, MetadataKey key) => rows.Fill(Miss(rows, key), key.Span, true, 1, "value"u8);

    private static RowTicket Miss(RowCache rows, MetadataKey key)
    {
        Assert.Equal(RowAnswer.Unknown, Read(rows, key, out var ticket, out _));
        return ticket;
    }

    private static ulong Hit(RowCache rows, MetadataKey key)
    {
        Assert.Equal(RowAnswer.Known, Read(rows, key, out _, out var version));
        return version;
    }

    private static RowAnswer Read(RowCache rows, MetadataKey key, out RowTicket ticket, out ulong version)
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        var answer = rows.TryRead(read, 0, out ticket);
        version = answer == RowAnswer.Known ? read.Version(0) : 0;
        return answer;
    }
}
