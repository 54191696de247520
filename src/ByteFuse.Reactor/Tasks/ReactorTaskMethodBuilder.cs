using System.Runtime.CompilerServices;

namespace ByteFuse.Reactor;

/// <summary>
/// Builds async methods that return <see cref="ReactorTask{T}"/>. A method that finishes without suspending keeps its
/// result in this struct; at the first suspension its state machine moves into a pooled box.
/// </summary>
public struct ReactorTaskMethodBuilder<T>
{
    private ReactorTaskBox<T>? box;
    private T result;

    public static ReactorTaskMethodBuilder<T> Create() => default;

    public readonly ReactorTask<T> Task => box is null ? new ReactorTask<T>(result) : new ReactorTask<T>(box, box.Token);

    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
        // Only boxed state machines (debug builds) are handed over here; this builder boxes by itself.
    }

    public void SetResult(T value)
    {
        if (box is null) result = value;
        else box.SetResult(value);
    }

    public void SetException(Exception exception)
    {
        box ??= new FaultedTaskBox<T>();
        box.SetException(exception);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(MoveIntoBox(ref stateMachine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(MoveIntoBox(ref stateMachine));

    private Action MoveIntoBox<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (box is null)
        {
            var rented = StateMachineBox<T, TStateMachine>.Rent();
            // The box goes into the builder first: the builder is a field of the state machine that is copied next.
            box = rented;
            rented.StateMachine = stateMachine;
        }
        return box.MoveNext;
    }
}
