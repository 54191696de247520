namespace ByteFuse.Reactor.Tests;

public sealed class PostTests : IDisposable
{
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(60);

    private readonly ReactorFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Four_threads_post_100000_items_and_each_runs_once_in_its_threads_order()
    {
        const int threads = 4, each = 25_000;
        var last = new int[threads];
        var disorder = 0;
        using var all = new CountdownEvent(threads * each);
        var posters = new Thread[threads];
        for (var t = 0; t < threads; t++)
        {
            var mine = t;
            posters[t] = new Thread(() =>
            {
                for (var i = 1; i <= each; i++)
                {
                    var number = i;
                    fixture.Reactor.Post(new Item(() =>
                    {
                        if (last[mine] != number - 1) disorder++;
                        last[mine] = number;
                        all.Signal();
                    }));
                }
            });
            posters[t].Start();
        }
        Assert.True(all.Wait(Hung, TestContext.Current.CancellationToken), $"{all.CurrentCount} items never ran");
        foreach (var poster in posters) poster.Join();
        Assert.Equal(0, disorder);
        Assert.All(last, number => Assert.Equal(each, number));
    }

    [Fact]
    public void No_wake_up_is_lost_when_posts_meet_a_reactor_that_falls_asleep()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var answered = 0;
        var item = new Item(() => Volatile.Write(ref answered, answered + 1));
        for (var i = 1; i <= 20_000; i++)
        {
            // One item at a time: a lost wake-up leaves it in the mailbox with nothing else to wake the reactor. Spinning
            // sees the answer while the reactor is still on its way to sleep, where a blocked thread would come too late.
            fixture.Reactor.Post(item);
            for (var spins = 0; Volatile.Read(ref answered) != i && spins < 20_000; spins++)
            {
            }
            if (Volatile.Read(ref answered) != i)
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref answered) == i, Hung), $"round {i} of seed {seed} was never woken");
            for (var pause = random.Next(200); pause > 0; pause--) Volatile.Read(ref answered);
        }
    }

    [Fact]
    public void Completions_of_foreign_threads_resume_on_the_reactor_that_waits()
    {
        const int count = 10_000;
        var (sum, strays) = fixture.Run(async ReactorTask<(long, int)> () =>
        {
            var reactor = CoreReactor.Current;
            var (total, wrong) = (0L, 0);
            for (var i = 0; i < count; i++)
            {
                var completion = ReactorCompletion<int>.Rent();
                var task = completion.Task;
                var number = i;
                ThreadPool.QueueUserWorkItem(_ => completion.Complete(number));
                total += await task;
                if (CoreReactor.CurrentOrNull != reactor) wrong++;
            }
            return (total, wrong);
        });
        Assert.Equal((long)count * (count - 1) / 2, sum);
        Assert.Equal(0, strays);
    }

    [Fact]
    public void A_completion_is_completed_once()
    {
        Assert.Throws<InvalidOperationException>(() => fixture.Run(() =>
        {
            var completion = ReactorCompletion<int>.Rent();
            completion.Complete(1);
            completion.Complete(2);
            return new ReactorTask<int>(0);
        }));
    }

    [Fact]
    public void A_thread_that_is_no_reactor_has_none()
    {
        Assert.Null(CoreReactor.CurrentOrNull);
        Assert.Throws<InvalidOperationException>(() => CoreReactor.Current);
        Assert.Throws<InvalidOperationException>(() => ReactorCompletion<int>.Rent());
    }

    [Fact]
    public void A_reactor_does_not_wait_for_a_reactor()
    {
        Assert.Throws<InvalidOperationException>(() =>
            fixture.Run(() => new ReactorTask<int>(fixture.Run(() => new ReactorTask<int>(1)))));
    }
}
