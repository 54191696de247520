using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Reactor.Tests;

public sealed class ReactorTaskTests : IDisposable
{
    private readonly List<Exception> escaped = [];
    private readonly ReactorFixture fixture;

    public ReactorTaskTests() =>
        fixture = new ReactorFixture(new ReactorOptions { MaximumReactors = 1, Pin = false, Fatal = Record });

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Suspended_methods_allocate_nothing_once_warm()
    {
        const int rounds = 100_000;
        var windows = new AllocationWindows();
        var sum = fixture.Run(async ReactorTask<long> () =>
        {
            var gate = new Gate();
            await Repeat(gate, 1000);
            var total = 0L;
            while (windows.Next()) total += await Repeat(gate, rounds);
            return total;
        });
        Assert.Equal((long)rounds * 3 * windows.Count, sum);
        Assert.Equal(0, windows.Least);
    }

    [Fact]
    public void An_exception_passes_through_nested_methods_to_the_caller()
    {
        var thrown = Assert.Throws<InvalidDataException>(() => fixture.Run(() => Outer(suspend: true)));
        Assert.Equal("inner", thrown.Message);
        thrown = Assert.Throws<InvalidDataException>(() => fixture.Run(() => Outer(suspend: false)));
        Assert.Equal("inner", thrown.Message);
        Assert.Empty(escaped);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_exception_that_nobody_awaits_is_fatal_and_reaches_no_other_method(bool suspend)
    {
        var other = fixture.Run(async ReactorTask<string> () =>
        {
            Outer(suspend).Detach();
            await CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(1));
            return "went on";
        });
        Assert.Equal("went on", other);
        Assert.Equal("inner", Assert.Single(escaped).Message);
    }

    [Fact]
    public void A_task_is_awaited_once()
    {
        Assert.Throws<InvalidOperationException>(() => fixture.Run(async ReactorTask<int> () =>
        {
            var task = CoreReactor.Current.Delay(TimeSpan.Zero);
            await task;
            await task;
            return 0;
        }));
    }

    [Fact]
    public void Work_posted_by_work_runs_in_order_after_what_was_posted_before()
    {
        var order = fixture.Run(async ReactorTask<string> () =>
        {
            var log = new List<int>();
            var done = ReactorCompletion<bool>.Rent();
            var task = done.Task;
            var reactor = CoreReactor.Current;
            reactor.Post(new Item(() =>
            {
                log.Add(1);
                reactor.Post(new Item(() => log.Add(4)));
                reactor.Post(new Item(() => done.Complete(true)));
            }));
            reactor.Post(new Item(() => log.Add(2)));
            reactor.Post(new Item(() => log.Add(3)));
            await task;
            return string.Join(' ', log);
        });
        Assert.Equal("1 2 3 4", order);
    }

    [Fact]
    public void Posting_a_queued_item_again_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => fixture.Run(() =>
        {
            var item = new Item(() => { });
            CoreReactor.Current.Post(item);
            CoreReactor.Current.Post(item);
            return new ReactorTask<int>(0);
        }));
    }

    [Fact]
    public void An_exception_that_escapes_posted_work_ends_the_loop()
    {
        fixture.Reactor.Post(new Item(() => throw new InvalidDataException("posted")));
        Assert.True(SpinWait.SpinUntil(() => escaped.Count > 0, TimeSpan.FromSeconds(30)));
        Assert.Equal("posted", escaped[0].Message);
    }

    private static async ReactorTask<long> Repeat(Gate gate, int rounds)
    {
        var sum = 0L;
        for (var i = 0; i < rounds; i++) sum += await Middle(gate);
        return sum;
    }

    private static async ReactorTask<int> Middle(Gate gate) => 1 + await Innermost(gate);

    private static async ReactorTask<int> Innermost(Gate gate) => 1 + await gate.Pass();

    private static async ReactorTask<int> Outer(bool suspend) => 1 + await Inner(suspend);

    private static async ReactorTask<int> Inner(bool suspend)
    {
        if (suspend) await CoreReactor.Current.Delay(TimeSpan.Zero);
        throw new InvalidDataException("inner");
    }

    private void Record(Exception exception)
    {
        lock (escaped) escaped.Add(exception);
    }

    /// <summary>Suspends whoever passes until the next turn of the loop.</summary>
    private sealed class Gate : ReactorWork
    {
        private ReactorCompletion<int>? waiting;

        public ReactorTask<int> Pass()
        {
            waiting = ReactorCompletion<int>.Rent();
            CoreReactor.Current.Post(this);
            return waiting.Task;
        }

        public override void Execute() => waiting!.Complete(1);
    }
}
