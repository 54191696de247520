using ByteFuse.Metadata.RocksDb;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>The commit log by itself, and how it goes to the engine.</summary>
public sealed class CommitLogTests : RocksDbFixture
{
    [Fact]
    public void A_record_that_a_seal_overtook_is_no_part_of_the_log()
    {
        using var log = OpenLog();
        Assert.True(log.TryReserve(RecordLength, out var overtaken, out var record));
        Fill(record, overtaken, first: 1);
        log.Seal();
        // Twice, so that it is the same half and the same place again.
        log.Seal();
        Assert.False(log.TryPublish(overtaken));
        Assert.True(log.IsEmpty);
        Append(log, first: 1);
        var (half, length) = log.Seal();
        Assert.Equal(CommitRecord.Aligned(RecordLength), length);
        Assert.True(CommitRecord.TryRead(log.Content(half)[..length], half, out var view));
        Assert.Equal((1UL, 1UL), (view.First, view.Last));
    }

    [Fact]
    public void What_an_earlier_use_left_in_a_half_is_no_record_of_it()
    {
        using var log = OpenLog();
        Append(log, first: 1);
        Append(log, first: 2);
        var (half, _) = log.Seal();
        Assert.Equal([1UL, 2UL], Records(log, half));
        log.Seal();
        Append(log, first: 3);
        Assert.Equal([3UL], Records(log, half + 2));
        Assert.Empty(Records(log, half));
    }

    [Fact]
    public void A_full_half_takes_nothing_more()
    {
        using var log = OpenLog();
        var records = 0;
        while (log.TryReserve(CommitBatch.MaximumCommitBytes / 3, out var position, out var record))
        {
            Fill(record, position, (ulong)++records);
            Assert.True(log.TryPublish(position));
        }
        Assert.Equal(5, records);
        var (half, _) = log.Seal();
        Assert.Equal(5, Records(log, half).Count);
        Assert.True(log.TryReserve(CommitBatch.MaximumCommitBytes, out _, out _));
    }

    [Fact]
    public void The_engine_gets_each_key_once()
    {
        const int Commits = 500;
        using var host = Open();
        host.Sync();
        var before = RocksDb(host).Statistics;
        // No drain comes between: less than what is urgent, and a sync that waits for the one before it.
        for (var i = 0; i < Commits; i++) host.Put($"key/{i % 5}", $"{i}");
        host.Sync();
        var after = RocksDb(host).Statistics;
        Assert.Equal(Commits, after.Commits - before.Commits);
        var drains = after.Drains - before.Drains;
        Assert.InRange(drains, 1, Commits / 10);
        Assert.InRange(after.DrainedRows - before.DrainedRows, 5, 5 * drains);
        Assert.Equal(5, host.ScanAll(StoreHost.Key("key/")).Count);
    }

    [Fact]
    public void Commits_that_outrun_the_engine_wait_for_it_and_are_all_there()
    {
        const int Bytes = 100_000;
        const int Count = 10 * CommitLog.HalfBytes / Bytes;
        using (var host = Open())
        {
            for (var i = 0; i < Count; i++) Assert.True(host.Commit(commit => commit.Put(StoreHost.Key($"{i}"), Incompressible(i, Bytes))).Committed);
            for (var i = 0; i < Count; i++) Assert.Equal(Incompressible(i, Bytes), host.Get(StoreHost.Key($"{i}"))!.Value.Value);
        }
        using var reopened = Open();
        for (var i = 0; i < Count; i++) Assert.Equal(Incompressible(i, Bytes), reopened.Get(StoreHost.Key($"{i}"))!.Value.Value);
    }

    [Fact]
    public void A_commit_that_no_half_could_hold_is_refused_alone()
    {
        using var host = Open();
        Assert.Equal(Errno.E2BIG, host.Commit(commit => commit.Put(StoreHost.Key("large"), new byte[CommitBatch.MaximumCommitBytes])).Error);
        host.Put("small", "value");
        Assert.Equal("value", host.GetText("small"));
        Assert.Null(host.Get(StoreHost.Key("large")));
    }

    private static int RecordLength => CommitRecord.HeaderLength + CommitRecord.RowLength(3, true, 5);

    private static void Append(CommitLog log, ulong first)
    {
        Assert.True(log.TryReserve(RecordLength, out var position, out var record));
        Fill(record, position, first);
        Assert.True(log.TryPublish(position));
    }

    private static void Fill(Span<byte> record, in LogPosition position, ulong first)
    {
        CommitRecord.WriteRow(record[CommitRecord.HeaderLength..], "key"u8, true, first, "value"u8);
        CommitRecord.Seal(record, CommitLog.HalfOf(position), first, commits: 1, rows: 1);
    }

    private static List<ulong> Records(CommitLog log, uint half)
    {
        var all = new List<ulong>();
        var content = log.Content(half);
        while (CommitRecord.TryRead(content, half, out var record))
        {
            all.Add(record.First);
            content = content[record.Length..];
        }
        return all;
    }

    private CommitLog OpenLog()
    {
        Assert.Equal(Errno.None, CommitLog.TryOpen(Scratch.Path, out var log));
        log!.Begin(1, startedEpoch: 1);
        return log;
    }
}
