using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>When calls that could block are made on the reactor, and when not; the clock is the test's.</summary>
public sealed class ImmediateCallsTests : IDisposable
{
    private const int Bytes = 4096;

    private readonly ManualClock clock = new();
    private readonly ReactorSet reactors;
    private DirtyPages pages = new(0, 1 << 20);
    private int looks;

    public ImmediateCallsTests() => reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false, Clock = clock });

    public void Dispose() => reactors.Dispose();

    [Fact]
    public void Nothing_is_known_before_the_first_look_and_for_long_after_it()
    {
        var calls = Make();
        Assert.False(TryBegin(calls));
        AwaitLooks(1);
        Assert.True(TryBegin(calls));
        clock.Advance(ImmediateCalls.KnownFor + 1);
        Assert.False(TryBegin(calls));
        AwaitLooks(2);
        Assert.True(TryBegin(calls));
    }

    [Fact]
    public void Half_the_room_for_dirty_pages_may_be_taken_between_two_looks()
    {
        var calls = Known();
        for (var taken = 0; taken < (1 << 19) / Bytes; taken++) Assert.True(TryBegin(calls));
        Assert.False(TryBegin(calls));
        clock.Advance(ImmediateCalls.LookAfter + 1);
        TryBegin(calls);
        AwaitLooks(2);
        Assert.True(TryBegin(calls));
    }

    [Fact]
    public void Without_room_calls_go_through_the_ring()
    {
        pages = new DirtyPages(2 << 20, 1 << 20);
        var calls = Known();
        Assert.False(TryBegin(calls));
    }

    [Fact]
    public void After_a_call_that_lasted_long_others_go_through_the_ring_in_proportion_to_it()
    {
        var calls = Known();
        foreach (var lasted in (long[])[ImmediateCalls.Long, ImmediateCalls.Long * 3, ImmediateCalls.Long])
        {
            Take(calls, lasted);
            Pass(calls, (lasted * PromptCalls.Proportion) - 1);
            Assert.False(TryBegin(calls));
            Pass(calls, 1);
            Assert.True(TryBegin(calls));
        }
    }

    [Fact]
    public void A_pause_ends_in_any_case()
    {
        var calls = Known();
        Take(calls, PromptCalls.LongestPause);
        Pass(calls, PromptCalls.LongestPause);
        Assert.True(TryBegin(calls));
    }

    [Fact]
    public void A_short_call_changes_nothing()
    {
        var calls = Known();
        reactors.RunOn(0, () =>
        {
            Assert.True(calls.TryBegin(CoreReactor.Current, Bytes, out var started));
            clock.Advance(ImmediateCalls.Long - 1);
            calls.Took(CoreReactor.Current, started);
            return new ReactorTask<bool>(true);
        });
        Assert.True(TryBegin(calls));
    }

    [Fact]
    public void In_memory_nothing_is_waited_for_and_nobody_looks()
    {
        var calls = new ImmediateCalls(inMemory: true, Look);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(TryBegin(calls));
            Take(calls, ImmediateCalls.Long);
            clock.Advance(ImmediateCalls.KnownFor * 2);
        }
        Assert.Equal(0, looks);
    }

    private ImmediateCalls Make() => new(inMemory: false, Look);

    private ImmediateCalls Known()
    {
        var calls = Make();
        TryBegin(calls);
        AwaitLooks(1);
        return calls;
    }

    private DirtyPages Look()
    {
        Interlocked.Increment(ref looks);
        return pages;
    }

    private bool TryBegin(ImmediateCalls calls) =>
        reactors.RunOn(0, () => new ReactorTask<bool>(calls.TryBegin(CoreReactor.Current, Bytes, out _)));

    private void Take(ImmediateCalls calls, long lasted) => reactors.RunOn(0, () =>
    {
        Assert.True(calls.TryBegin(CoreReactor.Current, 0, out var started));
        clock.Advance(lasted);
        calls.Took(CoreReactor.Current, started);
        return new ReactorTask<bool>(true);
    });

    // Time passes, and what is known of dirty pages is new at the end of it.
    private void Pass(ImmediateCalls calls, long time)
    {
        clock.Advance(time);
        var before = Volatile.Read(ref looks);
        TryBegin(calls);
        if (time > ImmediateCalls.LookAfter) AwaitLooks(before + 1);
    }

    private void AwaitLooks(int wanted)
    {
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref looks) >= wanted, 10_000), $"{looks} of {wanted} looks");
        // What was seen comes back to the reactor in a turn of its own.
        reactors.RunOn(0, () => CoreReactor.Current.BlockingCalls.Run<Nothing, bool>(default));
        reactors.RunOn(0, () => CoreReactor.Current.BlockingCalls.Run<Nothing, bool>(default));
    }

    private readonly struct Nothing : IBlockingCall<bool>
    {
        public bool Execute()
        {
            Thread.Sleep(1);
            return true;
        }
    }

    private sealed class ManualClock : IClock
    {
        private long now = 1;

        public long RealtimeNanoseconds => MonotonicNanoseconds;

        public long MonotonicNanoseconds => Volatile.Read(ref now);

        public void Advance(long nanoseconds) => Interlocked.Add(ref now, nanoseconds);
    }
}
