using System.Runtime.ExceptionServices;
using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>The reactors of a process, one per CPU that it may use, and the threads for their blocking calls.</summary>
public sealed class ReactorSet : IDisposable
{
    private readonly CoreReactor[] reactors;
    private readonly Thread[] threads;
    private readonly GiveWayThread? giveWay;
    private bool disposed;

    /// <summary>Starts the reactors; throws where one cannot be made.</summary>
    public ReactorSet(ReactorOptions? options = null)
    {
        options ??= new ReactorOptions();
        var processors = Processors.Usable();
        var maximum = options.MaximumReactors ?? ReactorOptions.DefaultMaximumReactors;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
        var count = Math.Clamp(processors.Length, 1, maximum);
        BlockingCalls = new BlockingCalls(options.BlockingThreads, options.BlockingCallLimit, options.MaximumBlockingThreads);
        reactors = new CoreReactor[count];
        threads = new Thread[count];
        try
        {
            for (var i = 0; i < count; i++)
                reactors[i] = new CoreReactor(i, options, BlockingCalls, options.Pin && i < processors.Length ? processors[i] : null);
        }
        catch
        {
            foreach (var reactor in reactors) reactor?.Dispose();
            BlockingCalls.Dispose();
            throw;
        }
        if (options.GiveWay) giveWay = new GiveWayThread(reactors, options.Clock);
        for (var i = 0; i < count; i++)
        {
            threads[i] = new Thread(reactors[i].Run) { IsBackground = true, Name = $"reactor {i}" };
            threads[i].Start();
        }
    }

    /// <summary>The reactors, by index.</summary>
    public IReadOnlyList<CoreReactor> Reactors => reactors;

    /// <summary>The threads for blocking calls that the reactors share.</summary>
    public BlockingCalls BlockingCalls { get; }

    /// <summary>
    /// Runs an operation on a reactor and blocks the calling thread, which is no reactor, until its result is there; an
    /// exception of the operation is thrown here. For cold paths: the command line, formatting, checking, tests.
    /// </summary>
    public T RunOn<T>(int index, Func<ReactorTask<T>> operation)
    {
        if (CoreReactor.CurrentOrNull is not null) throw new InvalidOperationException("A reactor does not wait for a reactor.");
        var call = new ForeignCall<T>(operation);
        reactors[index].Post(call);
        return call.Wait();
    }

    /// <summary>Returns when no reactor is at any more what it was doing; by a thread that is none.</summary>
    public void AwaitTurns()
    {
        var marks = Array.ConvertAll(reactors, reactor =>
        {
            var mark = new TurnMark();
            reactor.Post(mark);
            return mark;
        });
        foreach (var mark in marks) mark.Wait();
    }

    /// <summary>Stops and ends the reactors and the threads for blocking calls. What was in flight is not awaited.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        // First the blocking calls: they post their results to reactors.
        BlockingCalls.Dispose();
        giveWay?.Dispose();
        foreach (var reactor in reactors) reactor.Stop();
        foreach (var thread in threads) thread.Join();
        foreach (var reactor in reactors) reactor.Dispose();
    }

    private sealed class ForeignCall<T>(Func<ReactorTask<T>> operation) : ReactorWork
    {
        // Left to the collector: disposing of it here could overtake the end of Set on the reactor.
        private readonly ManualResetEventSlim done = new();
        private ExceptionDispatchInfo? exception;
        private T result = default!;

        public override void Execute() => Serve().Detach();

        public T Wait()
        {
            done.Wait();
            exception?.Throw();
            return result;
        }

        private async ReactorTask<bool> Serve()
        {
            try
            {
                result = await operation();
            }
            catch (Exception fault)
            {
                exception = ExceptionDispatchInfo.Capture(fault);
            }
            done.Set();
            return true;
        }
    }
}
