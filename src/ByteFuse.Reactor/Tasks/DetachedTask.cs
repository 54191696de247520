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

    private void Finish()
    {
        var completed = source!;
        source = null;
        next = free;
        free = this;
        completed.GetResult(token);
    }
}
