using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ByteFuse.Cli;

/// <summary>Work that several threads do at once.</summary>
internal static class ParallelWork
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Runs the work once on each thread: the time from when all begin to when the last is done. Throws what the first failure was.
    /// </summary>
    /// <param name="threads">How many; the work gets its number, from 0.</param>
    /// <param name="work">What each does.</param>
    /// <param name="stop">Cancelled when one fails, for the others to look at.</param>
    /// <param name="watch">Called by the calling thread while it waits.</param>
    public static TimeSpan Run(int threads, Action<int> work, CancellationTokenSource? stop = null, Action? watch = null)
    {
        Exception? failure = null;
        long start = 0;
        // Before any of them is let go: this thread may be the last to run again.
        using var begin = new Barrier(threads + 1, _ => start = Stopwatch.GetTimestamp());
        var running = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            begin.SignalAndWait();
            try
            {
                work(index);
            }
            catch (Exception problem)
            {
                Interlocked.CompareExchange(ref failure, problem, null);
                stop?.Cancel();
            }
        })).ToList();
        running.ForEach(thread => thread.Start());
        begin.SignalAndWait();
        foreach (var thread in running)
        {
            while (!thread.Join(WatchInterval)) watch?.Invoke();
        }
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return elapsed;
    }
}
