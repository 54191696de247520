using ByteFuse.Linux;
using Microsoft.Win32.SafeHandles;

namespace ByteFuse.Reactor;

/// <summary>
/// Has the reactors of a process give way (<see cref="GiveWay"/>), on a thread of its own that runs normally: it sleeps until a
/// reactor has had many waits for a single completion, and looks every few milliseconds while one gives way. Without the right
/// to take it back (CAP_SYS_NICE or RLIMIT_NICE) no reactor ever does.
/// </summary>
internal sealed class GiveWayThread : IDisposable
{
    private const int NanosecondsPerMillisecond = 1_000_000;
    private const int TickMilliseconds = (int)(GiveWay.Tick / NanosecondsPerMillisecond);

    private readonly Watched[] reactors;
    private readonly IClock clock;
    private readonly AutoResetEvent news = new(false);
    private readonly ManualResetEvent stop = new(false);
    private readonly WaitHandle[] stopOrNews;
    private readonly Thread thread;

    public GiveWayThread(CoreReactor[] reactors, IClock clock)
    {
        this.reactors = Array.ConvertAll(reactors, reactor => new Watched(reactor));
        this.clock = clock;
        stopOrNews = [stop, news];
        foreach (var reactor in reactors) reactor.AskBeforeGivingWay(this);
        thread = new Thread(Run) { IsBackground = true, Name = "give way" };
        thread.Start();
    }

    /// <summary>A reactor has had many waits for a single completion. Does not block; from any thread.</summary>
    public void Ask() => news.Set();

    public void Dispose()
    {
        stop.Set();
        thread.Join();
        foreach (var reactor in reactors) reactor.Dispose();
        // Not news, which is left to the collector: reactors are still running, and may ask.
        stop.Dispose();
    }

    private void Run()
    {
        if (!CanTakeBack()) return;
        while (!stop.WaitOne(0))
        {
            if (!Array.Exists(reactors, reactor => reactor.Way.IsGiving))
            {
                if (WaitHandle.WaitAny(stopOrNews) == 0 || stop.WaitOne(UntilOneMay())) return;
                foreach (var reactor in reactors) reactor.Begin();
            }
            stop.WaitOne(TickMilliseconds);
            foreach (var reactor in reactors) reactor.Judge(clock.MonotonicNanoseconds);
        }
    }

    private int UntilOneMay()
    {
        var now = clock.MonotonicNanoseconds;
        var first = reactors.Min(reactor => Math.Max(now, reactor.Way.RefusedUntil));
        return (int)((first - now) / NanosecondsPerMillisecond);
    }

    // Tried on this thread, which then ends where it cannot: it serves nobody.
    private static bool CanTakeBack()
    {
        const int thisThread = 0;
        return ProcessCalls.GetScheduling(thisThread) is { Succeeded: true, Value: ProcessCalls.NormalScheduling }
            && ProcessCalls.SetScheduling(thisThread, ProcessCalls.IdleScheduling).Succeeded
            && ProcessCalls.SetScheduling(thisThread, ProcessCalls.NormalScheduling).Succeeded;
    }

    /// <summary>A reactor, and what of its counters has been seen.</summary>
    private sealed class Watched(CoreReactor reactor) : IDisposable
    {
        private SafeFileHandle? state;
        private long turns;

        public GiveWay Way { get; } = new();

        public void Begin()
        {
            Way.Begin(reactor.Statistics);
            turns = reactor.Statistics.Iterations;
        }

        public void Judge(long now)
        {
            var was = Way.IsGiving;
            var stood = reactor.Statistics.Iterations == turns;
            turns = reactor.Statistics.Iterations;
            if (Way.Judge(now, reactor.Statistics, starved: was && stood && WantsToRun())) reactor.Statistics.CountStarved();
            if (Way.IsGiving == was) return;
            ProcessCalls.SetScheduling(reactor.ThreadId, was ? ProcessCalls.NormalScheduling : ProcessCalls.IdleScheduling);
            if (!was) reactor.Statistics.CountGiveWay();
        }

        public void Dispose() => state?.Dispose();

        // The third field of /proc/PID/stat, behind the name in brackets: R where a thread runs or waits for a CPU.
        private bool WantsToRun()
        {
            state ??= File.OpenHandle($"/proc/self/task/{reactor.ThreadId}/stat");
            Span<byte> text = stackalloc byte[64];
            var read = text[..RandomAccess.Read(state, text, 0)];
            var behindName = read.LastIndexOf((byte)')') + 2;
            return behindName < read.Length && read[behindName] == (byte)'R';
        }
    }
}
