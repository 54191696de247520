using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

public sealed class LocksInterruptTests
{
    [Fact]
    public void An_interrupt_ends_the_wait_and_leaves_no_trace_in_the_queue()
    {
        using var fixture = new LocksFixture();
        fixture.Set(1, LockType.Write, 0, 9);
        var interrupted = fixture.Wait(2, LockType.Write, 0, 9);
        var other = fixture.Wait(3, LockType.Write, 0, 9);
        fixture.Connection.Parked.Interrupt(interrupted.Header.Unique);
        fixture.AssertAnswered(Errno.EINTR, interrupted);
        fixture.Set(1, LockType.Unlock, 0, 9);
        fixture.AssertAnswered(Errno.None, other);
        // It is late for both: no second answer.
        fixture.Connection.Parked.Interrupt(interrupted.Header.Unique);
        fixture.Connection.Parked.Interrupt(other.Header.Unique);
        fixture.AssertAnswered(Errno.None);
        Assert.Equal(1, fixture.Table.Count);
    }

    [Fact]
    public void An_interrupt_that_comes_first_keeps_its_request_from_being_parked()
    {
        using var fixture = new LocksFixture();
        fixture.Set(1, LockType.Write, 0, 9);
        var request = fixture.NewRequest();
        fixture.Connection.Parked.Interrupt(request.Header.Unique);
        var wanted = fixture.Ask(2, LockType.Write, 0, 9);
        Assert.Equal(Errno.EINTR, fixture.Table.SetOrWait(wanted, request).Error);
        Assert.Equal((0, 0), (request.Parks, fixture.Connection.Parked.Count));
        fixture.Wait(2, LockType.Write, 0, 9);
    }

    [Fact]
    public void Interrupts_are_remembered_up_to_a_bound_the_oldest_goes_first()
    {
        var table = new ParkedRequestTable();
        for (var unique = 0ul; unique < ParkedRequestTable.MaximumInterrupted + 1; unique++) table.Interrupt(2 + (unique * 2));
        Assert.Equal(Errno.None, table.TryAdd(new Idle(2)));
        Assert.Equal(Errno.EINTR, table.TryAdd(new Idle(4)));
        Assert.Equal(Errno.EINTR, table.TryAdd(new Idle(2 + (ParkedRequestTable.MaximumInterrupted * 2))));
    }

    [Fact]
    public void Parked_requests_are_bounded_and_all_ended_at_once()
    {
        var table = new ParkedRequestTable(maximum: 2);
        var parked = new[] { new Idle(2), new Idle(4), new Idle(6) };
        Assert.Equal([Errno.None, Errno.None, Errno.ENOLCK], parked.Select(table.TryAdd));
        table.CompleteAll(Errno.ENOTCONN);
        Assert.Equal([Errno.ENOTCONN, Errno.ENOTCONN, Errno.None], parked.Select(request => request.Ended));
        table.Remove(parked[0]);
        Assert.Equal(Errno.None, table.TryAdd(parked[2]));
        Assert.Equal(2, table.Count);
    }

    [Theory]
    [InlineData(true, Errno.None)]
    [InlineData(false, Errno.EINTR)]
    public void What_is_settled_but_not_yet_answered_stays_settled(bool grantFirst, Errno outcome)
    {
        using var fixture = new LocksFixture();
        using var busy = new ManualResetEventSlim();
        fixture.Set(1, LockType.Write, 0, 9);
        var waiter = fixture.Wait(2, LockType.Write, 0, 9);
        // The reactor has other work, so that the answer is still to be given when the second event comes.
        fixture.Reactors.Reactors[0].Post(new Busy(busy));
        if (grantFirst) fixture.Set(1, LockType.Unlock, 0, 9);
        fixture.Connection.Parked.Interrupt(waiter.Header.Unique);
        if (!grantFirst) fixture.Set(1, LockType.Unlock, 0, 9);
        fixture.Connection.InterruptAll(Errno.ENOTCONN);
        busy.Set();
        fixture.AssertAnswered(outcome, waiter);
        Assert.Equal(grantFirst ? 1 : 0, fixture.Table.Count);
    }

    [Fact]
    public void However_park_grant_and_interrupt_meet_there_is_one_answer_and_it_is_true()
    {
        const int rounds = 2_000;
        using var fixture = new LocksFixture(reactors: 2);
        using var barrier = new Barrier(3);
        var request = fixture.NewRequest();
        var interrupter = InStep(barrier, rounds, () => fixture.Connection.Parked.Interrupt(request.Header.Unique));
        var unlocker = InStep(barrier, rounds, () => fixture.Set(1, LockType.Unlock, 0, 9));
        var outcomes = new Dictionary<Errno, int> { [Errno.None] = 0, [Errno.EINTR] = 0 };
        for (var round = 0; round < rounds; round++)
        {
            Assert.Equal(Errno.None, fixture.Set(1, LockType.Write, 0, 9));
            request = fixture.NewRequest(round % fixture.Reactors.Reactors.Count);
            var wanted = fixture.Ask(2, LockType.Write, 0, 9);
            Reply reply = default;
            barrier.SignalAndWait(TestContext.Current.CancellationToken);
            fixture.Reactors.RunOn(request.Reactor.Index, () =>
            {
                reply = fixture.Table.SetOrWait(wanted, request);
                return new ReactorTask<int>(0);
            });
            barrier.SignalAndWait(TestContext.Current.CancellationToken);
            var answers = fixture.TakeAnswers();
            var parked = reply.Kind == ReplyKind.Parked;
            Assert.Equal(parked ? [request] : [], answers);
            var outcome = parked ? request.Outcome : reply.Error;
            outcomes[outcome]++;
            Assert.Equal(outcome == Errno.None ? 1 : 0, fixture.Table.Count);
            Assert.Equal(0, fixture.Connection.Parked.Count);
            fixture.Set(2, LockType.Unlock, 0, 9);
        }
        interrupter.Join();
        unlocker.Join();
        Assert.Equal(rounds, outcomes.Values.Sum());
    }

    private static Thread InStep(Barrier barrier, int rounds, Action action)
    {
        var thread = new Thread(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                barrier.SignalAndWait(TestContext.Current.CancellationToken);
                action();
                barrier.SignalAndWait(TestContext.Current.CancellationToken);
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    private sealed class Busy(ManualResetEventSlim until) : ReactorWork
    {
        public override void Execute() => until.Wait();
    }

    private sealed class Idle(ulong unique) : IParked
    {
        public ulong Unique => unique;

        public Errno Ended { get; private set; }

        public void End(Errno error) => Ended = error;
    }
}
