namespace ByteFuse.Reactor;

/// <summary>
/// Where any thread leaves work for one consumer. A stack that the consumer takes whole: no item is ever removed singly, so
/// there is no ABA, and a producer does one compare-and-swap.
/// </summary>
internal sealed class WorkMailbox
{
    private ReactorWork? newest;

    public bool IsEmpty => Volatile.Read(ref newest) is null;

    /// <summary>Leaves an item; a full fence, as <see cref="Interlocked"/> operations are.</summary>
    public void Push(ReactorWork work)
    {
        var seen = Volatile.Read(ref newest);
        while (true)
        {
            work.Next = seen;
            var found = Interlocked.CompareExchange(ref newest, work, seen);
            if (ReferenceEquals(found, seen)) return;
            seen = found;
        }
    }

    /// <summary>Takes everything, newest first.</summary>
    public ReactorWork? TakeAll() => IsEmpty ? null : Interlocked.Exchange(ref newest, null);
}
