using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>Delays of one reactor, ordered by their end; the loop waits no longer than until the first.</summary>
internal sealed class TimerQueue
{
    private readonly int limit;
    private readonly PriorityQueue<Timer, (long Deadline, long Order)> waiting = new();
    private Timer? free;
    private long order;

    public TimerQueue(int limit) => this.limit = limit;

    public int Count => waiting.Count;

    /// <summary>When the first delay ends; only where there is one.</summary>
    public long FirstDeadline => waiting.TryPeek(out _, out var first) ? first.Deadline : long.MaxValue;

    /// <summary>A task that completes at the deadline; EAGAIN at the limit.</summary>
    public ReactorTask<IoResult> Add(long deadline)
    {
        if (waiting.Count >= limit) return new ReactorTask<IoResult>(IoResult.FromError(Errno.EAGAIN));
        var timer = free ?? new Timer(this);
        free = timer.NextFree;
        timer.NextFree = null;
        // The order breaks ties, so that delays that end together end first come, first served.
        waiting.Enqueue(timer, (deadline, order++));
        return timer.Task;
    }

    /// <summary>Ends the delay with the first deadline.</summary>
    public void FireFirst() => waiting.Dequeue().Fire();

    private sealed class Timer : IReactorTaskSource<IoResult>
    {
        private readonly TimerQueue queue;
        private TaskSourceCore<IoResult> core;

        public Timer(TimerQueue queue) => this.queue = queue;

        public Timer? NextFree { get; set; }

        public ReactorTask<IoResult> Task => new(this, core.Token);

        public void Fire() => core.SetResult(IoResult.FromValue(0));

        public bool IsCompleted(short token) => core.IsCompleted(token);

        public void OnCompleted(Action continuation, short token) => core.OnCompleted(continuation, token);

        public IoResult GetResult(short token)
        {
            var result = core.TakeResult(token);
            NextFree = queue.free;
            queue.free = this;
            return result;
        }
    }
}
