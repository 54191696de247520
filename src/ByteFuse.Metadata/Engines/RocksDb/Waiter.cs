using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// A call that waits for whoever serves it, on any thread. Pooled by the thread that asks; a node of a <see cref="WaiterStack{TArgument,TResult}"/>.
/// </summary>
internal sealed class Waiter<TArgument, TResult>
{
    // No bound of its own: the list holds no more than waited at once, and request slots bound that.
    [ThreadStatic]
    private static Waiter<TArgument, TResult>? free;

    private ReactorCompletion<TResult>? completion;

    private Waiter()
    {
    }

    /// <summary>What is asked.</summary>
    public TArgument Argument { get; private set; } = default!;

    /// <summary>The result, once <see cref="Completed"/>.</summary>
    public TResult Result { get; private set; } = default!;

    /// <summary>True once it has been answered; only to be asked by a thread that served it itself.</summary>
    public bool Completed { get; private set; }

    /// <summary>The next in the list that this is in.</summary>
    public Waiter<TArgument, TResult>? Next { get; set; }

    /// <summary>Takes one from the pool of the calling thread.</summary>
    public static Waiter<TArgument, TResult> Rent(TArgument argument)
    {
        var waiter = free ?? new Waiter<TArgument, TResult>();
        free = waiter.Next;
        waiter.Next = null;
        waiter.Argument = argument;
        waiter.Completed = false;
        return waiter;
    }

    /// <summary>Gives it back, on the thread that rented it.</summary>
    public void Return()
    {
        Argument = default!;
        Result = default!;
        completion = null;
        Next = free;
        free = this;
    }

    /// <summary>From now on another thread may answer; called on the reactor that waits, before others can see this.</summary>
    public void Share() => completion = ReactorCompletion<TResult>.Rent();

    /// <summary>The answer to a shared waiter; gives it back in the end.</summary>
    public ReactorTask<TResult> Wait() => Wait(this, completion!.Task);

    /// <summary>Answers, from any thread if it has been shared. The waiter may be reused the moment this returns.</summary>
    public void Complete(TResult result)
    {
        if (completion is not null)
        {
            completion.Complete(result);
            return;
        }
        Result = result;
        Completed = true;
    }

    private static async ReactorTask<TResult> Wait(Waiter<TArgument, TResult> waiter, ReactorTask<TResult> task)
    {
        var result = await task;
        waiter.Return();
        return result;
    }
}

/// <summary>
/// Where any thread leaves waiters for one server. It is taken whole, so there is no ABA; a push is one compare-and-swap.
/// </summary>
internal sealed class WaiterStack<TArgument, TResult>
{
    private Waiter<TArgument, TResult>? newest;

    /// <summary>True where nobody waits.</summary>
    public bool IsEmpty => Volatile.Read(ref newest) is null;

    /// <summary>Leaves a waiter.</summary>
    public void Push(Waiter<TArgument, TResult> waiter)
    {
        var seen = Volatile.Read(ref newest);
        while (true)
        {
            waiter.Next = seen;
            var found = Interlocked.CompareExchange(ref newest, waiter, seen);
            if (ReferenceEquals(found, seen)) return;
            seen = found;
        }
    }

    /// <summary>Takes all, oldest first.</summary>
    public Waiter<TArgument, TResult>? TakeAll()
    {
        var taken = Interlocked.Exchange(ref newest, null);
        Waiter<TArgument, TResult>? oldest = null;
        while (taken is not null)
        {
            var following = taken.Next;
            taken.Next = oldest;
            oldest = taken;
            taken = following;
        }
        return oldest;
    }
}
