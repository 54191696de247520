using ByteFuse.Metadata.RocksDb;
using ByteFuse.Metadata.Rows;

namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Keys of new inodes that are known to be absent.</summary>
public sealed class FreshKeysTests : RocksDbFixture
{
    private const ulong First = 1000;

    [Fact]
    public void Of_new_inodes_the_engine_is_not_asked_for_what_is_not_there()
    {
        using (var host = Open()) host.Commit(commit => commit.Add(Keys.InodeAllocator, 0, (long)First));
        // No row is cached for long: what is there has to be found in the engine.
        using var reopened = Open(Options with { RowCacheBytes = 0 });
        var store = RocksDb(reopened);
        for (var inode = First; inode < First + 50; inode++) reopened.Commit(commit => commit.Put(Keys.Inode(inode), "inode"u8));
        reopened.Sync();
        var before = store.Statistics.EngineReads;
        for (var inode = First; inode < First + 50; inode++)
        {
            Assert.Null(reopened.Get(Keys.Dentry(inode, 1, "name"u8)));
            Assert.Null(reopened.Get(Keys.Xattr(inode, "user.none"u8)));
            Assert.True(reopened.Commit(commit => commit.RequireAbsent(Keys.Orphan(inode))).Committed);
        }
        Assert.InRange(store.Statistics.EngineReads - before, 0, 10);
        for (var inode = First; inode < First + 50; inode++) Assert.NotNull(reopened.Get(Keys.Inode(inode)));
        before = store.Statistics.EngineReads;
        Assert.Null(reopened.Get(Keys.Dentry(First - 1, 1, "name"u8)));
        Assert.Equal(before + 1, store.Statistics.EngineReads);
    }

    [Fact]
    public void A_filter_that_is_full_makes_room_for_one_of_later_inodes()
    {
        const int MaximumKeys = 100;
        var fresh = new FreshKeys(First, MaximumKeys);
        Allocate(fresh, First + 1000);
        for (var i = 0UL; i < MaximumKeys; i++) Add(fresh, First + i);
        Assert.True(IsAbsent(fresh, First + 500));
        for (var i = 0UL; i < MaximumKeys; i++) Assert.False(IsAbsent(fresh, First + i));
        Add(fresh, First + MaximumKeys);
        // Of inodes that were handed out before it began the new filter knows nothing.
        Assert.False(IsAbsent(fresh, First + 500));
        Assert.False(IsAbsent(fresh, First));
        Assert.True(IsAbsent(fresh, First + 1000));
        Add(fresh, First + 1000);
        Assert.False(IsAbsent(fresh, First + 1000));
    }

    [Fact]
    public void A_filter_that_is_full_forgets_nothing_while_no_later_inodes_are_known()
    {
        const int MaximumKeys = 100;
        var fresh = new FreshKeys(First, MaximumKeys);
        for (var i = 0UL; i < 3 * MaximumKeys; i++) Add(fresh, First + i);
        for (var i = 0UL; i < 3 * MaximumKeys; i++) Assert.False(IsAbsent(fresh, First + i));
        Assert.True(fresh.IsFull);
        Assert.False(new FreshKeys(First, MaximumKeys).IsFull);
    }

    [Fact]
    public void Where_the_store_has_no_inodes_nothing_is_known()
    {
        var fresh = new FreshKeys(ulong.MaxValue);
        Add(fresh, 5);
        Assert.False(IsAbsent(fresh, 5));
        Assert.False(IsAbsent(fresh, ulong.MaxValue - 1));
    }

    private static void Add(FreshKeys fresh, ulong inode) => fresh.Add(Keys.Inode(inode).Span, KeyHash.Of(Keys.Inode(inode).Span), "value"u8);

    private static bool IsAbsent(FreshKeys fresh, ulong inode) => fresh.IsAbsent(Keys.Inode(inode).Span, KeyHash.Of(Keys.Inode(inode).Span));

    private static void Allocate(FreshKeys fresh, ulong next) =>
        fresh.Add(Keys.InodeAllocator.Span, KeyHash.Of(Keys.InodeAllocator.Span), BitConverter.GetBytes(next));
}
