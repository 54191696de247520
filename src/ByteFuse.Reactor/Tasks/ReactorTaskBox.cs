using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace ByteFuse.Reactor;

/// <summary>The result and the waiter of a suspended async method.</summary>
internal abstract class ReactorTaskBox<T> : IReactorTaskSource<T>
{
    private Action? continuation;
    private ExceptionDispatchInfo? exception;
    private T result = default!;
    private bool completed;

    /// <summary>Counts the uses of this box; a task from an earlier use does not match.</summary>
    public short Token { get; private set; }

    /// <summary>Resumes the method; made once for the life of the box.</summary>
    public abstract Action MoveNext { get; }

    public bool IsCompleted(short token)
    {
        CheckToken(token);
        return completed;
    }

    public T GetResult(short token)
    {
        CheckToken(token);
        if (!completed) throw new InvalidOperationException("The result of a reactor task was taken before it completed.");
        var value = result;
        var fault = exception;
        result = default!;
        exception = null;
        completed = false;
        Token++;
        Recycle();
        fault?.Throw();
        return value;
    }

    public void OnCompleted(Action action, short token)
    {
        CheckToken(token);
        if (continuation is not null) throw new InvalidOperationException("A reactor task is awaited once.");
        if (completed) action();
        else continuation = action;
    }

    public void SetResult(T value)
    {
        result = value;
        Complete();
    }

    public void SetException(Exception fault)
    {
        exception = ExceptionDispatchInfo.Capture(fault);
        Complete();
    }

    /// <summary>Drops the state of the finished method and gives the box back.</summary>
    protected abstract void Recycle();

    private void Complete()
    {
        completed = true;
        var waiter = continuation;
        continuation = null;
        waiter?.Invoke();
    }

    private void CheckToken(short token)
    {
        if (token != Token) throw new InvalidOperationException("A reactor task was awaited twice.");
    }
}

/// <summary>Holds the exception of a method that failed before it first suspended.</summary>
internal sealed class FaultedTaskBox<T> : ReactorTaskBox<T>
{
    public override Action MoveNext => throw new InvalidOperationException("A faulted method does not resume.");

    protected override void Recycle()
    {
    }
}

/// <summary>Holds a suspended state machine; recycled through a list of its thread.</summary>
internal sealed class StateMachineBox<T, TStateMachine> : ReactorTaskBox<T>
    where TStateMachine : IAsyncStateMachine
{
    [ThreadStatic]
    private static StateMachineBox<T, TStateMachine>? free;

    private StateMachineBox<T, TStateMachine>? next;

    private StateMachineBox() => MoveNext = Resume;

    public TStateMachine StateMachine = default!;

    public override Action MoveNext { get; }

    // No bound of its own: the list never holds more boxes than ran at once, and request slots bound that.
    public static StateMachineBox<T, TStateMachine> Rent()
    {
        var box = free ?? new StateMachineBox<T, TStateMachine>();
        free = box.next;
        box.next = null;
        return box;
    }

    protected override void Recycle()
    {
        StateMachine = default!;
        next = free;
        free = this;
    }

    private void Resume() => StateMachine.MoveNext();
}
