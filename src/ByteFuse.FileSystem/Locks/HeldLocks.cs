using System.Runtime.InteropServices;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// The locks of one kind that are held on one file, ordered by first byte. The locks of one owner are disjoint, and
/// those of one type do not touch: as in fs/locks.c, they are merged, and GETLK shows them so.
/// </summary>
internal sealed class HeldLocks
{
    /// <summary>By how much <see cref="Set"/> can raise <see cref="Count"/>: one lock in the middle of another makes three.</summary>
    public const int MaximumGrowth = 2;

    private readonly List<LockRequest> locks = [];

    public int Count => locks.Count;

    public LockRequest this[int index] => locks[index];

    /// <summary>Entries that memory is kept for.</summary>
    public int Capacity => locks.Capacity;

    /// <summary>Finds the first lock that a request has to wait for.</summary>
    public bool TryFindConflict(in LockRequest request, out LockRequest conflict)
    {
        foreach (ref readonly var held in CollectionsMarshal.AsSpan(locks))
        {
            if (held.Start > request.End) break;
            if (!request.ConflictsWith(held)) continue;
            conflict = held;
            return true;
        }
        conflict = default;
        return false;
    }

    /// <summary>Finds the first lock of an owner in the range of a request.</summary>
    public bool TryFindOwn(in LockRequest request, out LockRequest own)
    {
        foreach (ref readonly var held in CollectionsMarshal.AsSpan(locks))
        {
            if (held.Start > request.End) break;
            if (held.Owner != request.Owner || !held.Overlaps(request)) continue;
            own = held;
            return true;
        }
        own = default;
        return false;
    }

    /// <summary>True where giving up a range leaves a piece on either side of it, so that there is one lock more.</summary>
    public bool IsSplitBy(in LockRequest unlock) =>
        TryFindOwn(unlock, out var own) && own.Start < unlock.Start && own.End > unlock.End;

    /// <summary>
    /// Gives a range of the owner's the type of a request that conflicts with nothing. The merged lock takes the handle of
    /// the request: a process has closed none of its handles since (FLUSH would have dropped the locks), so the latest
    /// ends no earlier than the lock may.
    /// </summary>
    /// <returns>True where somebody else may get now what the owner held.</returns>
    public bool Set(in LockRequest request)
    {
        var (start, end) = (request.Start, request.End);
        var right = default(LockRequest);
        var hasRight = false;
        var weakened = false;
        for (var i = 0; i < locks.Count && locks[i].Start <= request.End + 1;)
        {
            var held = locks[i];
            var apart = held.Owner != request.Owner || held.End + 1 < request.Start;
            if (apart || (held.Type != request.Type && !held.Overlaps(request)))
            {
                i++;
                continue;
            }
            if (held.Type == request.Type)
            {
                start = Math.Min(start, held.Start);
                end = Math.Max(end, held.End);
                locks.RemoveAt(i);
                continue;
            }
            weakened |= held.Type == LockType.Write || request.Type == LockType.Unlock;
            if (held.End > request.End) (right, hasRight) = (held with { Start = request.End + 1 }, true);
            if (held.Start < request.Start) locks[i++] = held with { End = request.Start - 1 };
            else locks.RemoveAt(i);
        }
        if (request.Type != LockType.Unlock) Insert(request with { Start = start, End = end });
        if (hasRight) Insert(right);
        return weakened;
    }

    /// <summary>Takes a lock out by its place.</summary>
    public void RemoveAt(int index) => locks.RemoveAt(index);

    private void Insert(in LockRequest added)
    {
        var place = locks.Count;
        while (place > 0 && locks[place - 1].Start > added.Start) place--;
        locks.Insert(place, added);
    }
}
