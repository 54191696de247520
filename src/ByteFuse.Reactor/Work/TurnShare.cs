namespace ByteFuse.Reactor;

/// <summary>
/// What one of a reactor's sources of requests, a mount, gets served in a turn while there are others: so much, and what goes beyond
/// waits for the next turn, in the order of coming. So a request of a quiet one waits for no more than a turn's share of each of the
/// others, however many of theirs are there; the first after a while may find all of a turn before it. On its reactor.
/// </summary>
/// <param name="reactor">Serves.</param>
/// <param name="source">As for <see cref="CoreReactor.IsShared"/>.</param>
public sealed class TurnShare(CoreReactor reactor, int source) : ReactorWork
{
    /// <summary>
    /// Cost in a turn: requests without much data. Enough that a turn, which costs a system call, is shared by several; some 50 us of
    /// others' requests in which one waits.
    /// </summary>
    public const int Quantum = 8;

    // Bytes that cost as much as a request by itself.
    private const int BytesForOne = 128 << 10;

    private ITurnItem? first;
    private ITurnItem? last;
    private long turn;
    private int spent;

    /// <summary>The cost of a request that moves so many bytes.</summary>
    public static int CostOf(int bytes) => 1 + bytes / BytesForOne;

    /// <summary>True where the item is to be served at once; otherwise it is served in a later turn.</summary>
    public bool MayServe(ITurnItem item)
    {
        if (!reactor.IsShared(source) && first is null) return true;
        if (first is null)
        {
            BeginTurn();
            if (spent < Quantum)
            {
                spent += item.Cost;
                return true;
            }
            first = item;
            reactor.Post(this);
        }
        else
        {
            last!.NextInTurn = item;
        }
        item.NextInTurn = null;
        last = item;
        return false;
    }

    /// <summary>A turn's share of what waits.</summary>
    public override void Execute()
    {
        BeginTurn();
        // What was served at once in this turn counts: this is the same turn, if the list was begun in it.
        while (first is { } item && spent < Quantum)
        {
            first = item.NextInTurn;
            item.NextInTurn = null;
            spent += item.Cost;
            item.Serve();
        }
        if (first is not null) reactor.Post(this);
        else last = null;
    }

    private void BeginTurn()
    {
        var now = reactor.Statistics.Iterations;
        if (now == turn) return;
        (turn, spent) = (now, 0);
    }
}
