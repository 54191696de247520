using System.Runtime.CompilerServices;

namespace ByteFuse.Reactor;

/// <summary>
/// The result, now or later, of an operation that runs to completion on one reactor. The counterpart of
/// <see cref="ValueTask{T}"/> for code that never leaves its thread: an async method that does not suspend allocates
/// nothing, one that does takes its state from a pool of the reactor's thread. Await it exactly once, on its reactor.
/// </summary>
[AsyncMethodBuilder(typeof(ReactorTaskMethodBuilder<>))]
public readonly struct ReactorTask<T>
{
    private readonly IReactorTaskSource<T>? source;
    private readonly T result;
    private readonly short token;

    /// <summary>A task that has completed with <paramref name="result"/>.</summary>
    public ReactorTask(T result)
    {
        this.result = result;
        source = null;
        token = 0;
    }

    /// <summary>A task that completes with <paramref name="source"/>.</summary>
    public ReactorTask(IReactorTaskSource<T> source, short token)
    {
        this.source = source;
        this.token = token;
        result = default!;
    }

    /// <summary>True once the result can be taken without suspending.</summary>
    public bool IsCompleted => source is null || source.IsCompleted(token);

    /// <summary>The awaiter that the compiler uses.</summary>
    public Awaiter GetAwaiter() => new(this);

    /// <summary>Lets the operation run on with nobody waiting; its result is taken and dropped, an exception ends the process.</summary>
    public void Detach()
    {
        if (source is null) return;
        if (source.IsCompleted(token)) DetachedTask<T>.Take(source, token);
        else DetachedTask<T>.Start(source, token);
    }

    /// <summary>Awaits a <see cref="ReactorTask{T}"/>.</summary>
    public readonly struct Awaiter : ICriticalNotifyCompletion
    {
        private readonly ReactorTask<T> task;

        internal Awaiter(ReactorTask<T> task) => this.task = task;

        public bool IsCompleted => task.IsCompleted;

        public T GetResult() => task.source is null ? task.result : task.source.GetResult(task.token);

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            if (task.source is null) continuation();
            else task.source.OnCompleted(continuation, task.token);
        }
    }
}
