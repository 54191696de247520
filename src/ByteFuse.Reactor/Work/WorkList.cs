namespace ByteFuse.Reactor;

/// <summary>First-in first-out list of work items, for one thread. It needs no bound: each item is bounded by its own pool.</summary>
internal struct WorkList
{
    private ReactorWork? first;
    private ReactorWork? last;

    public readonly bool IsEmpty => first is null;

    public void Append(ReactorWork work)
    {
        work.Next = null;
        if (last is null) first = work;
        else last.Next = work;
        last = work;
    }

    /// <summary>Puts a chain, given newest first, behind what is there in the order oldest first.</summary>
    public void AppendReversed(ReactorWork? newest)
    {
        if (newest is null) return;
        ReactorWork? oldest = null;
        for (var work = newest; work is not null;)
        {
            var following = work.Next;
            work.Next = oldest;
            oldest = work;
            work = following;
        }
        if (last is null) first = oldest;
        else last.Next = oldest;
        last = newest;
    }

    public ReactorWork? Take()
    {
        var work = first;
        if (work is null) return null;
        first = work.Next;
        if (first is null) last = null;
        work.Next = null;
        return work;
    }
}
