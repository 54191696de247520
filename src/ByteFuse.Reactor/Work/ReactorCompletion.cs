namespace ByteFuse.Reactor;

/// <summary>
/// A pooled result that any thread delivers to the reactor that waits for it: the end of an operation of a foreign library.
/// Rent it on the reactor, await <see cref="Task"/> there, complete it exactly once from anywhere.
/// </summary>
public sealed class ReactorCompletion<T> : ReactorWork, IReactorTaskSource<T>
{
    // No bound of its own: the list holds no more than waited at once, and request slots bound that.
    [ThreadStatic]
    private static ReactorCompletion<T>? free;

    private readonly CoreReactor reactor;
    private ReactorCompletion<T>? nextFree;
    private TaskSourceCore<T> core;
    private T delivered = default!;
    private int completed;

    private ReactorCompletion(CoreReactor reactor) => this.reactor = reactor;

    /// <summary>What the reactor awaits; take it before the completion can be known to others.</summary>
    public ReactorTask<T> Task => new(this, core.Token);

    /// <summary>Takes a completion from the pool of the calling reactor.</summary>
    public static ReactorCompletion<T> Rent()
    {
        var reactor = CoreReactor.Current;
        var completion = free;
        // A thread may run one reactor after another (tests do): completions of the earlier one are of no use.
        if (completion is null || completion.reactor != reactor) completion = new ReactorCompletion<T>(reactor);
        free = completion.nextFree;
        completion.nextFree = null;
        Volatile.Write(ref completion.completed, 0);
        return completion;
    }

    /// <summary>
    /// Delivers the result. On the waiting reactor its continuation runs before this returns; from another thread it is
    /// posted. Throws when called twice.
    /// </summary>
    public void Complete(T result)
    {
        if (Interlocked.Exchange(ref completed, 1) != 0) throw new InvalidOperationException("A completion was completed twice.");
        if (reactor == CoreReactor.CurrentOrNull)
        {
            core.SetResult(result);
            return;
        }
        delivered = result;
        reactor.Post(this);
    }

    /// <summary>Hands the posted result over; called by the reactor alone.</summary>
    public override void Execute()
    {
        var result = delivered;
        delivered = default!;
        core.SetResult(result);
    }

    bool IReactorTaskSource<T>.IsCompleted(short token) => core.IsCompleted(token);

    void IReactorTaskSource<T>.OnCompleted(Action continuation, short token) => core.OnCompleted(continuation, token);

    T IReactorTaskSource<T>.GetResult(short token)
    {
        var result = core.TakeResult(token);
        nextFree = free;
        free = this;
        return result;
    }
}
