using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

public sealed class GiveWayTests
{
    private readonly ReactorStatistics counters = new();
    private readonly GiveWay way = new();
    private long now;

    [Fact]
    public void A_reactor_may_ask_until_it_has_stopped()
    {
        var thread = new GiveWayThread([], SystemClock.Instance);
        thread.Dispose();
        thread.Ask();
    }

    [Fact]
    public void It_ends_while_it_waits_for_a_reactor_to_ask()
    {
        var thread = new GiveWayThread([], SystemClock.Instance);
        Thread.Sleep(20);
        thread.Dispose();
    }

    [Fact]
    public void Many_lone_waits_have_it_give_way_and_few_or_shared_ones_do_not()
    {
        Tick(lone: GiveWay.Busy - 1, shared: 0);
        Assert.False(way.IsGiving);
        Tick(lone: 20, shared: 10);
        Assert.False(way.IsGiving);
        Tick(lone: 20, shared: 1);
        Assert.True(way.IsGiving);
    }

    [Fact]
    public void What_was_counted_before_nobody_looked_does_not_count()
    {
        for (var i = 0; i < 1000; i++) counters.CountWait(lone: true);
        way.Begin(counters);
        Tick(lone: 1, shared: 0);
        Assert.False(way.IsGiving);
    }

    [Fact]
    public void It_stops_when_requests_come_together_and_when_few_come()
    {
        Tick(lone: 20, shared: 0);
        Tick(lone: 20, shared: 10);
        Assert.False(way.IsGiving);

        Tick(lone: 20, shared: 0);
        for (var i = 1; i < GiveWay.QuietTicks; i++) Tick(lone: 1, shared: 0);
        Assert.True(way.IsGiving);
        Tick(lone: 1, shared: 0);
        Assert.False(way.IsGiving);
    }

    [Fact]
    public void Being_kept_from_running_ends_it_for_a_time_that_grows()
    {
        var refusals = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            Tick(lone: 20, shared: 0);
            Assert.True(way.IsGiving);
            Assert.False(Tick(lone: 0, shared: 0, starved: true), "one tick may be the hypervisor's");
            Assert.True(Tick(lone: 0, shared: 0, starved: true));
            Assert.False(way.IsGiving);
            refusals.Add(way.RefusedUntil - now);
            Tick(lone: 20, shared: 0);
            Assert.False(way.IsGiving);
            now = way.RefusedUntil;
        }
        Assert.Equal(GiveWay.ShortestRefusal, refusals[0]);
        Assert.Equal(2 * refusals[0], refusals[1]);
        Assert.Equal(GiveWay.LongestRefusal, refusals[^1]);
    }

    [Fact]
    public void A_thread_gives_way_to_who_waits_for_it_and_no_longer_when_another_takes_its_CPU()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs CAP_SYS_NICE");
        using var set = new ReactorSet(new ReactorOptions { MaximumReactors = 1, GiveWay = true });
        var reactor = set.Reactors[0];
        Assert.True(Asking(set, () => IsIdleClass(reactor)), "it never gave way");
        Assert.True(reactor.Statistics.GaveWay > 0);

        using var hog = new Hog(reactor.Processor!.Value);
        Assert.True(Asking(set, () => reactor.Statistics.Starved > 0), "it went on giving way");
        Assert.True(Eventually(() => !IsIdleClass(reactor)));
    }

    [Fact]
    public void A_reactor_that_nobody_asks_anything_runs_normally()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs CAP_SYS_NICE");
        using var set = new ReactorSet(new ReactorOptions { MaximumReactors = 1, GiveWay = true });
        Assert.True(Asking(set, () => IsIdleClass(set.Reactors[0])), "it never gave way");
        Assert.True(Eventually(() => !IsIdleClass(set.Reactors[0])), "it gives way to nobody");
    }

    // Asks the reactor for one thing after the other until that has happened.
    private static bool Asking(ReactorSet set, Func<bool> happened)
    {
        for (var until = Environment.TickCount64 + 60_000; Environment.TickCount64 < until;)
        {
            for (var i = 0; i < 100; i++) set.RunOn(0, () => new ReactorTask<int>(1));
            if (happened()) return true;
        }
        return false;
    }

    private static bool IsIdleClass(CoreReactor reactor) => ProcessCalls.GetScheduling(reactor.ThreadId).Value == ProcessCalls.IdleScheduling;

    private static bool Eventually(Func<bool> happened) => SpinWait.SpinUntil(happened, 60_000);

    private bool Tick(long lone, long shared, bool starved = false)
    {
        for (var i = 0; i < lone; i++) counters.CountWait(lone: true);
        for (var i = 0; i < shared; i++) counters.CountWait(lone: false);
        now += GiveWay.Tick;
        return way.Judge(now, counters, starved);
    }

    /// <summary>A thread that takes all of a CPU.</summary>
    private sealed class Hog : IDisposable
    {
        private readonly Thread thread;
        private volatile bool stopping;

        public Hog(int processor)
        {
            thread = new Thread(() =>
            {
                ProcessCalls.PinCurrentThread(processor);
                while (!stopping) Thread.SpinWait(1000);
            });
            thread.Start();
        }

        public void Dispose()
        {
            stopping = true;
            thread.Join();
        }
    }
}
