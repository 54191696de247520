using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

public sealed class LocksReleaseTests : IDisposable
{
    private const ulong File = LocksFixture.File;

    private readonly LocksFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_released_handle_takes_its_locks_and_waiters_with_it()
    {
        fixture.Set(1, LockType.Write, 0, 9);
        fixture.Set(1, LockType.Read, 20, 29);
        fixture.Flock(1, LockType.Write);
        fixture.Set(2, LockType.Write, 40, 49);
        var throughIt = fixture.Wait(1, LockType.Write, 40, 49);
        var waitsForIt = fixture.Wait(3, LockType.Write, 0, 9);
        var flock = fixture.WaitFlock(3, LockType.Write);
        fixture.Table.ReleaseHandle(File, fixture.Connection, 1);
        var answers = fixture.TakeAnswers().ToDictionary(answer => answer, answer => answer.Outcome);
        Assert.Equal(3, answers.Count);
        Assert.Equal(Errno.EBADF, answers[throughIt]);
        Assert.Equal(Errno.None, answers[waitsForIt]);
        Assert.Equal(Errno.None, answers[flock]);
        Assert.Equal(3, fixture.Table.Count);
    }

    [Fact]
    public void The_same_number_in_another_connection_or_file_is_another_handle()
    {
        fixture.Set(1, LockType.Write, 0, 9);
        fixture.Table.ReleaseHandle(File, LocksFixture.NewConnection(), 1);
        fixture.Table.ReleaseHandle(File + 1, fixture.Connection, 1);
        Assert.Equal(1, fixture.Table.Count);
    }

    [Fact]
    public void A_merged_lock_ends_with_its_latest_handle()
    {
        fixture.Table.Set(fixture.Ask(1, LockType.Read, 0, 9, handle: 71));
        fixture.Table.Set(fixture.Ask(1, LockType.Read, 10, 19, handle: 72));
        fixture.Table.ReleaseHandle(File, fixture.Connection, 71);
        Assert.Equal(19ul, fixture.Table.Find(fixture.Ask(2, LockType.Write, 0, 0)).End);
        fixture.Table.ReleaseHandle(File, fixture.Connection, 72);
        Assert.Equal(0, fixture.Table.Count);
    }

    [Fact]
    public void A_flush_drops_the_ranges_of_its_owner_alone()
    {
        fixture.Set(1, LockType.Read, 0, 9);
        fixture.Set(1, LockType.Write, 20, 29);
        fixture.Set(2, LockType.Read, 0, 9);
        fixture.Flock(1, LockType.Write);
        var waiter = fixture.Wait(3, LockType.Write, 20, LockRequest.LastByte);
        fixture.Table.Set(LockRequest.UnlockAll(new LockOwner(fixture.Connection, 1), File, isFlock: false));
        fixture.AssertAnswered(Errno.None, waiter);
        Assert.Equal(3, fixture.Table.Count);
    }

    [Fact]
    public void A_connection_that_is_gone_holds_nothing_and_waits_for_nothing()
    {
        var gone = LocksFixture.NewConnection();
        for (var inode = 0ul; inode < 600; inode++)
        {
            var held = fixture.Ask(1, LockType.Write, 0, 9, inode: inode, isFlock: (inode & 1) != 0) with { Owner = new LockOwner(gone, 1) };
            Assert.Equal(Errno.None, fixture.Table.Set(held));
        }
        fixture.Set(5, LockType.Write, 0, 9, inode: 1000);
        var itWaits = fixture.NewRequest();
        var wanted = fixture.Ask(1, LockType.Write, 0, 9, inode: 1000) with { Owner = new LockOwner(gone, 1) };
        Assert.Equal(ReplyKind.Parked, fixture.Table.SetOrWait(wanted, itWaits).Kind);
        var waitsForIt = fixture.Wait(2, LockType.Write, 0, 9, inode: 0);
        fixture.Table.ReleaseConnection(gone);
        var answers = fixture.TakeAnswers().ToDictionary(answer => answer, answer => answer.Outcome);
        Assert.Equal((Errno.ENOTCONN, Errno.None, 2), (answers[itWaits], answers[waitsForIt], answers.Count));
        Assert.Equal((2, 0), (fixture.Table.Count, gone.Parked.Count));
    }

    [Fact]
    public void Locks_are_bounded_and_can_be_given_up_at_the_bound()
    {
        using var small = new LocksFixture(maximumLocks: 4);
        for (var i = 0ul; i < 3; i++) Assert.Equal(Errno.None, small.Set(1, LockType.Write, i * 10, (i * 10) + 4));
        Assert.Equal(Errno.ENOLCK, small.Set(1, LockType.Write, 90, 94));
        Assert.Equal(Errno.ENOLCK, small.Flock(2, LockType.Read));
        Assert.Equal(Errno.ENOLCK, small.Set(1, LockType.Unlock, 2, 2));
        Assert.Equal(3, small.Table.Count);
        Assert.Equal(Errno.None, small.Set(1, LockType.Unlock, 0, 12));
        Assert.Equal(2, small.Table.Count);
        Assert.Equal(Errno.None, small.Set(1, LockType.Write, 50, 54));
        Assert.Equal(Errno.None, small.Set(1, LockType.Unlock, 0, LockRequest.LastByte));
        Assert.Equal(0, small.Table.Count);
    }

    [Theory]
    [InlineData(5ul, 4ul, LockType.Read)]
    [InlineData(0ul, LockRequest.LastByte + 1, LockType.Read)]
    [InlineData(0ul, ulong.MaxValue, LockType.Unlock)]
    [InlineData(0ul, 9ul, (LockType)3)]
    public void A_senseless_range_or_type_is_refused(ulong start, ulong end, LockType type)
    {
        var arguments = new LockIn { Owner = 1, Lock = new FileLock { Start = start, End = end, Type = type } };
        Assert.False(LockRequest.TryRead(fixture.Connection, 1, arguments, out _));
    }

    [Fact]
    public void Locking_and_unlocking_without_contention_allocates_nothing()
    {
        void Round(ulong inode)
        {
            Assert.Equal(Errno.None, fixture.Set(1, LockType.Write, 0, 9, inode));
            fixture.Table.Find(fixture.Ask(2, LockType.Read, 0, 9, inode: inode));
            Assert.Equal(Errno.None, fixture.Set(1, LockType.Unlock, 0, LockRequest.LastByte, inode));
        }
        for (var i = 0; i < 10; i++) Round(3);
        var windows = new AllocationWindows();
        while (windows.Next())
        {
            for (var i = 0; i < 1000; i++) fixture.Set(1, LockType.Write, 0, 9, 3);
            for (var i = 0; i < 1000; i++) fixture.Set(1, (i & 1) == 0 ? LockType.Unlock : LockType.Read, 0, 9, 3);
            for (var i = 0; i < 1000; i++) fixture.Table.Find(fixture.Ask(2, LockType.Write, 0, 9, inode: 3));
        }
        Assert.Equal(0, windows.Least);
    }
}
