namespace ByteFuse.Reactor.Tests;

public sealed class BusyPollTests
{
    private const long Longest = 50_000;

    [Fact]
    public void Without_a_window_nobody_polls()
    {
        var poll = new BusyPoll(0);
        for (var now = 0L; now < 1_000_000_000; now += 1_000_000) Assert.Equal(0, poll.Begin(now));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_more_than_its_share_of_all_time_is_spent_in_vain(int seed)
    {
        var random = new Random(seed);
        var poll = new BusyPoll(Longest);
        var now = 0L;
        for (var i = 0; i < 100_000; i++)
        {
            var window = poll.Begin(now);
            Assert.InRange(window, 0, Longest);
            if (window > 0 && random.Next(3) == 0)
            {
                now += random.NextInt64(window);
                poll.End();
            }
            else if (window > 0)
            {
                now += window;
                poll.EndInVain(window);
            }
            now += random.NextInt64(20_000);
            Assert.True(poll.Wasted <= now / BusyPoll.WasteShare + Longest * BusyPoll.Windows, $"{poll.Wasted} of {now} ns, seed {seed}");
        }
        Assert.True(poll.Found > 0 && poll.Wasted > 0, "a run in which nothing happened proves nothing");
    }

    [Fact]
    public void A_window_in_which_nothing_is_found_shrinks_and_one_that_pays_grows_again()
    {
        var poll = new BusyPoll(Longest);
        Assert.Equal(Longest, poll.Begin(0));
        poll.EndInVain(Longest);
        Assert.Equal(Longest / 2, poll.Begin(1));
        for (var i = 0; i < 10; i++) poll.EndInVain(0);
        Assert.Equal(Longest / 16, poll.Begin(2));
        for (var i = 0; i < 10; i++) poll.End();
        Assert.Equal(Longest, poll.Begin(3));
    }

    [Fact]
    public void A_reactor_that_polls_finds_what_is_posted_and_goes_to_sleep_when_nothing_is()
    {
        using var fixture = new ReactorFixture(new ReactorOptions { MaximumReactors = 1, Pin = false, BusyPoll = TimeSpan.FromMilliseconds(1) });
        for (var i = 0; i < 1000; i++) Assert.Equal(i, fixture.Run(() => new ReactorTask<int>(i)));
        Assert.True(fixture.Reactor.Statistics.PollsThatPaid > 0, "no post was found by looking");
        // Once asleep it makes no more turns.
        Assert.True(SpinWait.SpinUntil(() => StandsStill(fixture.Reactor), 20_000), "the reactor goes on turning");
    }

    private static bool StandsStill(CoreReactor reactor)
    {
        var before = (reactor.Statistics.Iterations, reactor.Statistics.NanosecondsPolledInVain);
        Thread.Sleep(50);
        return before == (reactor.Statistics.Iterations, reactor.Statistics.NanosecondsPolledInVain);
    }
}
