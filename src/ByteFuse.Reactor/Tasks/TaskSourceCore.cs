namespace ByteFuse.Reactor;

/// <summary>The state that every pooled task source has: a result, a waiter, and a token that a stale task does not match.</summary>
internal struct TaskSourceCore<T>
{
    private Action? continuation;
    private T result;
    private bool completed;

    public short Token { get; private set; }

    public readonly bool IsCompleted(short token)
    {
        CheckToken(token);
        return completed;
    }

    /// <summary>Takes the result and makes the source new.</summary>
    public T TakeResult(short token)
    {
        CheckToken(token);
        if (!completed) throw new InvalidOperationException("The result of a reactor task was taken before it completed.");
        var value = result;
        result = default!;
        completed = false;
        Token++;
        return value;
    }

    public void OnCompleted(Action action, short token)
    {
        CheckToken(token);
        if (continuation is not null) throw new InvalidOperationException("A reactor task is awaited once.");
        if (completed) action();
        else continuation = action;
    }

    /// <summary>Stores the result and runs the waiter; the source may be in other use when this returns.</summary>
    public void SetResult(T value)
    {
        if (completed) throw new InvalidOperationException("A reactor task was completed twice.");
        result = value;
        completed = true;
        var waiter = continuation;
        continuation = null;
        waiter?.Invoke();
    }

    private readonly void CheckToken(short token)
    {
        if (token != Token) throw new InvalidOperationException("A reactor task was awaited twice.");
    }
}
