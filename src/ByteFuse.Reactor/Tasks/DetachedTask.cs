namespace ByteFuse.Reactor;

/// <summary>Takes the result of an operation that nobody awaits, so that its source returns to its pool.</summary>
internal sealed class DetachedTask<T>
{
    [ThreadStatic]
    private static DetachedTask<T>? free;

    private readonly Action onCompleted;
    private DetachedTask<T>? next;
    private IReactorTaskSource<T>? source;
    private short token;

    private DetachedTask() => onCompleted = Finish;

    public static void Start(IReactorTaskSource<T> source, short token)
    {
        var task = free ?? new DetachedTask<T>();
        free = task.next;
        task.next = null;
        task.source = source;
        task.token = token;
        source.OnCompleted(task.onCompleted, token);
    }

    /// <summary>
    /// Takes a result that is there. An exception ends the process right here: thrown on, it would land in whatever method
    /// happened to complete the operation.
    /// </summary>
    public static void Take(IReactorTaskSource<T> source, short token)
    {
        try
        {
            source.GetResult(token);
        }
        catch (Exception exception)
        {
            CoreReactor.Escaped(exception);
        }
    }

    private void Finish()
    {
        var completed = source!;
        source = null;
        next = free;
        free = this;
        Take(completed, token);
    }
}
