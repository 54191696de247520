namespace ByteFuse.Reactor.Tests;

/// <summary>Two mounts on a reactor: what a flood of the one is to a request of the other.</summary>
public sealed class TurnShareTests : IDisposable
{
    private const int Flood = 1000;

    private readonly ReactorFixture fixture = new();
    private readonly List<string> served = [];

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_request_waits_for_no_more_than_a_share_of_the_others()
    {
        Serve(cost: 1);
        Assert.Equal(Flood + 1, served.Count);
        Assert.Equal(TurnShare.Quantum, served.IndexOf("quiet"));
        // The flood's own go in the order in which they came.
        Assert.Equal(Enumerable.Range(0, Flood).Select(number => $"{number}"), served.Where(name => name != "quiet"));
    }

    [Fact]
    public void What_moves_much_data_counts_for_more()
    {
        Serve(TurnShare.CostOf(1 << 20));
        Assert.Equal(1, served.IndexOf("quiet"));
        Assert.Equal(Flood + 1, served.Count);
    }

    [Fact]
    public void Alone_nothing_waits()
    {
        Serve(cost: 1, lately: false);
        Assert.Equal(Flood, served.IndexOf("quiet"));
    }

    [Fact]
    public void A_turn_serves_one_share()
    {
        long before = 0;
        fixture.Run(() =>
        {
            before = fixture.Reactor.Statistics.Iterations;
            return new ReactorTask<bool>(true);
        });
        Serve(cost: 1);
        Assert.InRange(fixture.Reactor.Statistics.Iterations - before, Flood / TurnShare.Quantum, long.MaxValue);
    }

    // All of it has come before the reactor looks: the flood, and behind it one of the other mount.
    private void Serve(int cost, bool lately = true)
    {
        using var all = new CountdownEvent(Flood + 1);
        var flood = new TurnShare(fixture.Reactor, 1);
        var quiet = new TurnShare(fixture.Reactor, 2);
        fixture.Reactor.Post(new Item(() =>
        {
            fixture.Reactor.IsShared(1);
            if (lately) fixture.Reactor.IsShared(2);
            for (var i = 0; i < Flood; i++) Come(flood, new Request($"{i}", cost, served, all));
            Come(quiet, new Request("quiet", cost, served, all));
        }));
        all.Wait(TestContext.Current.CancellationToken);
    }

    private static void Come(TurnShare share, Request request)
    {
        if (share.MayServe(request)) request.Serve();
    }

    private sealed class Request(string name, int cost, List<string> served, CountdownEvent all) : ITurnItem
    {
        public ITurnItem? NextInTurn { get; set; }

        public int Cost => cost;

        public void Serve()
        {
            served.Add(name);
            all.Signal();
        }
    }
}
