using ByteFuse.Testing;

namespace ByteFuse.Reactor.Tests;

public sealed class TimerTests : IDisposable
{
    private readonly ReactorFixture fixture = new(new ReactorOptions { MaximumReactors = 1, Pin = false, OperationLimit = 300 });

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Delays_end_in_the_order_of_their_deadlines_and_never_early()
    {
        var clock = new ManualClock();
        using var timed = new ReactorFixture(new ReactorOptions { MaximumReactors = 1, Pin = false, Clock = clock });
        var (early, late) = timed.Run(async ReactorTask<(string, string)> () =>
        {
            var log = new List<int>();
            var waits = new List<ReactorTask<int>>();
            foreach (var milliseconds in new[] { 40, 10, 30, 0, 25, 26, 10 }) waits.Add(Wait(milliseconds, log));
            clock.Advance(TimeSpan.FromMilliseconds(25));
            await CoreReactor.Current.Delay(TimeSpan.Zero);
            var first = string.Join(' ', log);
            log.Clear();
            clock.Advance(TimeSpan.FromMilliseconds(15));
            foreach (var wait in waits) await wait;
            return (first, string.Join(' ', log));
        });
        Assert.Equal("0 10 10 25", early);
        Assert.Equal("26 30 40", late);
        Assert.Equal(8, timed.Reactor.Statistics.Timers);
    }

    [Fact]
    public void A_reactor_that_has_nothing_but_a_delay_is_woken_by_it()
    {
        var passed = fixture.Run(async ReactorTask<long> () =>
        {
            var clock = CoreReactor.Current.Clock;
            var start = clock.MonotonicNanoseconds;
            await CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(20));
            return clock.MonotonicNanoseconds - start;
        });
        Assert.InRange(passed, 20_000_000, long.MaxValue);
    }

    [Fact]
    public void Delays_allocate_nothing_once_warm()
    {
        var windows = new AllocationWindows();
        fixture.Run(async ReactorTask<bool> () =>
        {
            for (var i = 0; i < 10; i++) await CoreReactor.Current.Delay(TimeSpan.Zero);
            while (windows.Next())
            {
                for (var i = 0; i < 1000; i++) await CoreReactor.Current.Delay(TimeSpan.Zero);
            }
            return true;
        });
        Assert.Equal(0, windows.Least);
    }

    [Fact]
    public void More_delays_than_the_bound_are_refused()
    {
        var errors = fixture.Run(async ReactorTask<int> () =>
        {
            var tasks = new ReactorTask<Linux.IoResult>[310];
            for (var i = 0; i < tasks.Length; i++) tasks[i] = CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(5));
            var refused = 0;
            foreach (var task in tasks)
                if ((await task).Error == Linux.Errno.EAGAIN)
                    refused++;
            return refused;
        });
        Assert.Equal(10, errors);
    }

    private static async ReactorTask<int> Wait(int milliseconds, List<int> log)
    {
        await CoreReactor.Current.Delay(TimeSpan.FromMilliseconds(milliseconds));
        log.Add(milliseconds);
        return 0;
    }

    private sealed class ManualClock : IClock
    {
        public long RealtimeNanoseconds => MonotonicNanoseconds;

        public long MonotonicNanoseconds { get; private set; }

        public void Advance(TimeSpan time) => MonotonicNanoseconds += (long)time.TotalNanoseconds;
    }
}
