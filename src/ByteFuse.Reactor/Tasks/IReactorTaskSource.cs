namespace ByteFuse.Reactor;

/// <summary>
/// What a suspended <see cref="ReactorTask{T}"/> waits for. A source belongs to one reactor: it is created, awaited and
/// completed on that reactor's thread, so nothing in it is atomic. It is awaited once; taking the result may recycle it,
/// and the token tells a stale task from a live one.
/// </summary>
public interface IReactorTaskSource<T>
{
    /// <summary>True once the result can be taken without waiting.</summary>
    bool IsCompleted(short token);

    /// <summary>Takes the result, or throws the exception that ended the operation; the source may be reused afterwards.</summary>
    T GetResult(short token);

    /// <summary>Calls <paramref name="continuation"/> on the reactor when the result is there.</summary>
    void OnCompleted(Action continuation, short token);
}
