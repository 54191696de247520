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

    /// <summary>Locks that <see cref="Set"/> makes before it takes any away.</summary>
    public const int MaximumMade = 3;

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
        var (whole, left, right) = (request, default(LockRequest?), default(LockRequest?));
        var weakened = false;
        foreach (ref readonly var held in CollectionsMarshal.AsSpan(locks))
        {
            if (held.Start > request.End + 1) break;
            if (!IsChangedBy(held, request)) continue;
            if (held.Type == request.Type)
            {
                whole = whole with { Start = Math.Min(whole.Start, held.Start), End = Math.Max(whole.End, held.End) };
                continue;
            }
            weakened |= held.Type == LockType.Write || request.Type == LockType.Unlock;
            if (held.Start < request.Start) left = held with { End = request.Start - 1 };
            if (held.End > request.End) right = held with { Start = request.End + 1 };
        }
        // First what is held from now on, then what was, is where a successor finds it: killed in between, a process leaves some of both,
        // and the kernel asks for the change again.
        if (request.Type != LockType.Unlock) whole = Keep(whole);
        if (left is not null) left = Keep(left.Value);
        if (right is not null) right = Keep(right.Value);
        for (var i = 0; i < locks.Count && locks[i].Start <= request.End + 1;)
        {
            if (IsChangedBy(locks[i], request)) RemoveAt(i);
            else i++;
        }
        if (left is not null) Insert(left.Value);
        if (request.Type != LockType.Unlock) Insert(whole);
        if (right is not null) Insert(right.Value);
        return weakened;
    }

    /// <summary>Takes a lock out by its place in the list.</summary>
    public void RemoveAt(int index)
    {
        if (locks[index].Place != 0) Kept(locks[index])?.Remove(locks[index].Place);
        locks.RemoveAt(index);
    }

    // Overlapped by a request of its owner, or, with the type of that, touched.
    private static bool IsChangedBy(in LockRequest held, in LockRequest request) =>
        held.Owner == request.Owner && held.End + 1 >= request.Start && (held.Type == request.Type || held.Overlaps(request));

    private static LockRequest Keep(in LockRequest held) => held with { Place = Kept(held)?.Add(held) ?? 0 };

    private static KeptLocks? Kept(in LockRequest held) => held.Owner.Connection.Memory?.Locks;

    private void Insert(in LockRequest added)
    {
        var place = locks.Count;
        while (place > 0 && locks[place - 1].Start > added.Start) place--;
        locks.Insert(place, added);
    }
}
