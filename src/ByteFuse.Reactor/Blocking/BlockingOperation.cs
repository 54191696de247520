using System.Runtime.ExceptionServices;

namespace ByteFuse.Reactor;

/// <summary>A blocking call on its way to a thread and back to the reactor that asked.</summary>
internal abstract class BlockingOperation : ReactorWork
{
    /// <summary>Makes the call; on a thread for blocking calls.</summary>
    public abstract void Perform();

    /// <summary>Sends the result back to the reactor that asked.</summary>
    public abstract void PostBack();
}

/// <summary>A pooled <see cref="BlockingOperation"/> of one kind.</summary>
internal sealed class BlockingOperation<TCall, T> : BlockingOperation, IReactorTaskSource<T>
    where TCall : struct, IBlockingCall<T>
{
    [ThreadStatic]
    private static BlockingOperation<TCall, T>? free;

    private readonly CoreReactor reactor;
    private BlockingOperation<TCall, T>? nextFree;
    private TaskSourceCore<T> core;
    private TCall call;
    private T result = default!;
    private ExceptionDispatchInfo? exception;

    private BlockingOperation(CoreReactor reactor) => this.reactor = reactor;

    public ReactorTask<T> Task => new(this, core.Token);

    public static BlockingOperation<TCall, T> Rent(CoreReactor reactor, TCall call)
    {
        var operation = free;
        // A thread may run one reactor after another (tests do): operations of the earlier one are of no use.
        if (operation is null || operation.reactor != reactor) operation = new BlockingOperation<TCall, T>(reactor);
        free = operation.nextFree;
        operation.nextFree = null;
        operation.call = call;
        return operation;
    }

    public override void Perform()
    {
        try
        {
            result = call.Execute();
        }
        catch (Exception fault)
        {
            exception = ExceptionDispatchInfo.Capture(fault);
        }
        call = default;
    }

    public override void PostBack() => reactor.Post(this);

    public override void Execute()
    {
        var value = result;
        result = default!;
        core.SetResult(value);
    }

    public bool IsCompleted(short token) => core.IsCompleted(token);

    public void OnCompleted(Action continuation, short token) => core.OnCompleted(continuation, token);

    public T GetResult(short token)
    {
        var value = core.TakeResult(token);
        var fault = exception;
        exception = null;
        nextFree = free;
        free = this;
        fault?.Throw();
        return value;
    }
}
