using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

public sealed class LocksWaitTests : IDisposable
{
    private const LockType Read = LockType.Read;
    private const LockType Write = LockType.Write;
    private const LockType Unlock = LockType.Unlock;

    private readonly LocksFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Writers_are_served_in_order_of_arrival()
    {
        fixture.Set(1, Write, 0, 9);
        var second = fixture.Wait(2, Write, 0, 9);
        var third = fixture.Wait(3, Write, 5, 20);
        var fourth = fixture.Wait(4, Write, 0, 9);
        Assert.Equal(3, fixture.Connection.Parked.Count);
        fixture.AssertAnswered(Errno.None);
        fixture.Set(1, Unlock, 0, 9);
        fixture.AssertAnswered(Errno.None, second);
        fixture.Set(2, Unlock, 0, 9);
        fixture.AssertAnswered(Errno.None, third);
        fixture.Set(3, Unlock, 0, 99);
        fixture.AssertAnswered(Errno.None, fourth);
        Assert.Equal((0, 1), (fixture.Connection.Parked.Count, fixture.Table.Count));
    }

    [Fact]
    public void Readers_go_together_and_a_writer_between_them_waits_for_both()
    {
        fixture.Set(1, Write, 0, 9);
        var reader = fixture.Wait(2, Read, 0, 9);
        var writer = fixture.Wait(3, Write, 0, 9);
        var other = fixture.Wait(4, Read, 0, 9);
        fixture.Set(1, Read, 0, 9);
        fixture.AssertAnswered(Errno.None, reader, other);
        fixture.Set(1, Unlock, 0, 9);
        fixture.Set(2, Unlock, 0, 9);
        fixture.AssertAnswered(Errno.None);
        fixture.Set(4, Unlock, 0, 9);
        fixture.AssertAnswered(Errno.None, writer);
    }

    [Fact]
    public void A_grant_that_weakens_its_owner_lets_an_earlier_waiter_in()
    {
        fixture.Set(1, Write, 0, 9);
        fixture.Set(2, Write, 10, 19);
        var first = fixture.Wait(3, Read, 0, 9);
        var second = fixture.Wait(1, Read, 0, 19);
        fixture.Set(2, Unlock, 10, 19);
        fixture.AssertAnswered(Errno.None, second, first);
    }

    [Fact]
    public void A_circle_of_two_files_is_refused_and_the_others_go_on()
    {
        fixture.Set(1, Write, 0, 0, inode: 100);
        fixture.Set(2, Write, 0, 0, inode: 200);
        var first = fixture.Wait(1, Write, 0, 0, inode: 200);
        Assert.Equal(Errno.EDEADLK, fixture.WaitForNothing(2, Write, 0, 0, inode: 100));
        Assert.Equal(1, fixture.Connection.Parked.Count);
        fixture.Set(2, Unlock, 0, 0, inode: 200);
        fixture.AssertAnswered(Errno.None, first);
        // The wait is over: nothing of it remains to make a circle of.
        var second = fixture.Wait(2, Write, 0, 0, inode: 100);
        fixture.Set(1, Unlock, 0, 0, inode: 100);
        fixture.AssertAnswered(Errno.None, second);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(12, true)]
    [InlineData(13, false)] // fs/locks.c gives up after as many steps
    public void A_circle_is_found_up_to_a_length(uint owners, bool found)
    {
        for (var owner = 0u; owner < owners; owner++) fixture.Set(owner, Write, owner, owner);
        for (var owner = 0u; owner < owners - 1; owner++) fixture.Wait(owner, Write, owner + 1, owner + 1);
        if (found) Assert.Equal(Errno.EDEADLK, fixture.WaitForNothing(owners - 1, Write, 0, 0));
        else fixture.Wait(owners - 1, Write, 0, 0);
    }

    [Fact]
    public void A_circle_through_a_second_holder_ends_the_wait_when_it_appears()
    {
        fixture.Set(1, Write, 50, 50);
        fixture.Set(2, Read, 0, 0);
        fixture.Set(3, Read, 0, 0);
        var waiter = fixture.Wait(1, Write, 0, 0);
        fixture.Wait(3, Write, 50, 50);
        fixture.Set(2, Unlock, 0, 0);
        fixture.AssertAnswered(Errno.EDEADLK, waiter);
    }

    [Fact]
    public void Converting_a_flock_loses_it_where_another_is_in_the_way()
    {
        Assert.Equal(Errno.None, fixture.Flock(1, Read));
        Assert.Equal(Errno.None, fixture.Flock(2, Read));
        Assert.Equal(Errno.EAGAIN, fixture.Flock(1, Write));
        Assert.Equal(1, fixture.Table.Count);
        Assert.Equal(Errno.None, fixture.Flock(2, Write));
        Assert.Equal(Errno.None, fixture.Flock(2, Write));
        Assert.Equal(Errno.EAGAIN, fixture.Flock(1, Read));
        Assert.Equal(Errno.None, fixture.Flock(2, Unlock));
        Assert.Equal(0, fixture.Table.Count);
    }

    [Fact]
    public void Converting_a_flock_serves_who_waited_first_and_knows_no_deadlock()
    {
        fixture.Flock(1, Write);
        var second = fixture.WaitFlock(2, Write);
        var first = fixture.WaitFlock(1, Read);
        fixture.AssertAnswered(Errno.None, second);
        fixture.Flock(2, Read);
        fixture.AssertAnswered(Errno.None, first);
        // Both hold a shared lock and want an exclusive one: each gives up its own, so one gets it.
        var upgrade = fixture.WaitFlock(1, Write);
        Assert.Equal(Errno.None, fixture.Flock(2, Unlock));
        fixture.AssertAnswered(Errno.None, upgrade);
    }

    [Fact]
    public void Flock_and_ranges_do_not_see_each_other()
    {
        Assert.Equal(Errno.None, fixture.Flock(1, Write));
        Assert.Equal(Errno.None, fixture.Set(2, Write, 0, LockRequest.LastByte));
        Assert.Equal(LockType.Unlock, fixture.Table.Find(fixture.Ask(2, Write, 0, 5)).Type);
        Assert.Equal(1001u, fixture.Table.Find(fixture.Ask(2, Write, 0, 5, isFlock: true)).ProcessId);
    }

    [Fact]
    public void Owners_of_two_connections_with_one_number_are_two()
    {
        fixture.Set(1, Write, 0, 9);
        var stranger = fixture.Ask(1, Write, 5, 5) with { Owner = new LockOwner(LocksFixture.NewConnection(), 1) };
        Assert.Equal(Errno.EAGAIN, fixture.Table.Set(stranger));
    }
}
