using ByteFuse.Testing;

namespace ByteFuse.Reactor.Tests;

public sealed class BlockingCallsTests : IDisposable
{
    private const int Threads = 2;
    private const int Limit = 8;

    private readonly ReactorFixture fixture = new(
        new ReactorOptions { MaximumReactors = 1, Pin = false, BlockingThreads = Threads, BlockingCallLimit = Limit });

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Results_come_back_to_the_reactor_that_asked()
    {
        var (sum, strays) = fixture.Run(async ReactorTask<(long, int)> () =>
        {
            var reactor = CoreReactor.Current;
            var (total, wrong) = (0L, 0);
            for (var i = 0; i < 5000; i++)
            {
                total += await reactor.BlockingCalls.Run<Double, int>(new Double(i));
                if (CoreReactor.CurrentOrNull != reactor) wrong++;
            }
            return (total, wrong);
        });
        Assert.Equal(5000L * 4999, sum);
        Assert.Equal(0, strays);
        Assert.Equal(0, fixture.Set.BlockingCalls.InFlight);
    }

    [Fact]
    public void A_call_allocates_nothing_on_the_reactor_once_warm()
    {
        var windows = new AllocationWindows();
        fixture.Run(async ReactorTask<bool> () =>
        {
            for (var i = 0; i < 100; i++) await CoreReactor.Current.BlockingCalls.Run<Double, int>(new Double(i));
            while (windows.Next())
            {
                for (var i = 0; i < 10_000; i++) await CoreReactor.Current.BlockingCalls.Run<Double, int>(new Double(i));
            }
            return true;
        });
        Assert.Equal(0, windows.Least);
    }

    [Fact]
    public void Calls_run_on_no_more_threads_than_there_are_and_beyond_the_limit_are_refused()
    {
        using var gate = new ManualResetEventSlim();
        var running = new Running();
        var refused = fixture.Run(async ReactorTask<bool> () =>
        {
            var calls = CoreReactor.Current.BlockingCalls;
            var tasks = new ReactorTask<int>[Limit];
            for (var i = 0; i < Limit; i++) tasks[i] = calls.Run<Hold, int>(new Hold(gate, running));
            var beyond = false;
            try
            {
                calls.Run<Hold, int>(new Hold(gate, running)).Detach();
            }
            catch (InvalidOperationException)
            {
                beyond = true;
            }
            gate.Set();
            foreach (var task in tasks) await task;
            // The refused call gave its place back.
            return beyond & await calls.Run<Double, int>(new Double(1)) == 2;
        });
        Assert.True(refused);
        Assert.InRange(running.Most, 1, Threads);
        Assert.Equal(Limit, running.Total);
    }

    [Fact]
    public void An_exception_of_a_call_is_thrown_where_it_is_awaited()
    {
        var thrown = Assert.Throws<InvalidDataException>(
            () => fixture.Run(() => CoreReactor.Current.BlockingCalls.Run<Fail, int>(default)));
        Assert.Equal("blocking", thrown.Message);
        Assert.Equal(6, fixture.Run(() => CoreReactor.Current.BlockingCalls.Run<Double, int>(new Double(3))));
    }

    [Fact]
    public void Calls_that_hang_hold_up_nobody_but_their_own_share()
    {
        using var set = new ReactorFixture(
            new ReactorOptions { MaximumReactors = 1, Pin = false, BlockingThreads = Threads, MaximumBlockingThreads = 3 * Threads, BlockingCallLimit = Limit });
        using var gate = new ManualResetEventSlim();
        var running = new Running();
        using var hanging = set.Set.BlockingCalls.Share();
        using var other = set.Set.BlockingCalls.Share();
        var tasks = new ReactorTask<int>[Limit];
        set.Run(() =>
        {
            for (var i = 0; i < Limit; i++) tasks[i] = hanging.Run<Hold, int>(new Hold(gate, running));
            return new ReactorTask<bool>(true);
        });
        for (var i = 0; i < 100; i++) Assert.Equal(2 * i, set.Run(() => other.Run<Double, int>(new Double(i))));
        Assert.Equal(Threads, running.Most);
        Assert.Equal(Limit, hanging.InFlight);
        Assert.InRange(set.Set.BlockingCalls.Threads, Threads + 1, 3 * Threads);
        gate.Set();
        // Those that waited for their own share's threads are made, too.
        set.Run(async ReactorTask<bool> () =>
        {
            foreach (var task in tasks) await task;
            return true;
        });
        Assert.Equal(Limit, running.Total);
        Assert.Equal(Threads, running.Most);
    }

    private readonly struct Double(int value) : IBlockingCall<int>
    {
        public int Execute() => value * 2;
    }

    private readonly struct Fail : IBlockingCall<int>
    {
        public int Execute() => throw new InvalidDataException("blocking");
    }

    private readonly struct Hold(ManualResetEventSlim gate, Running running) : IBlockingCall<int>
    {
        public int Execute()
        {
            running.Enter();
            gate.Wait();
            running.Leave();
            return 0;
        }
    }

    private sealed class Running
    {
        private readonly Lock sync = new();
        private int now;

        public int Most { get; private set; }

        public int Total { get; private set; }

        public void Enter()
        {
            lock (sync)
            {
                now++;
                Total++;
                Most = Math.Max(Most, now);
            }
        }

        public void Leave()
        {
            lock (sync) now--;
        }
    }
}
