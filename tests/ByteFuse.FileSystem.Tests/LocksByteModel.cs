using ByteFuse.Protocol;

namespace ByteFuse.FileSystem.Tests;

/// <summary>What each owner holds of each byte: the definition of byte-range locks. The last byte stands for all that follow.</summary>
internal sealed class LocksByteModel(int owners)
{
    public const int Bytes = 48;

    private readonly LockType[,] held = Fill(owners);

    public static ulong End(int last) => last == Bytes - 1 ? LockRequest.LastByte : (ulong)last;

    public bool Conflicts(int owner, LockType type, int first, int last)
    {
        if (type == LockType.Unlock) return false;
        for (var other = 0; other < owners; other++)
        {
            for (var at = first; at <= last && other != owner; at++)
            {
                var theirs = held[other, at];
                if (theirs != LockType.Unlock && (theirs == LockType.Write || type == LockType.Write)) return true;
            }
        }
        return false;
    }

    public void Set(int owner, LockType type, int first, int last)
    {
        for (var at = first; at <= last; at++) held[owner, at] = type;
    }

    /// <summary>The longest stretches of one type and owner: what the locks must be.</summary>
    public List<(int Owner, LockType Type, int First, int Last)> Runs()
    {
        var runs = new List<(int, LockType, int, int)>();
        for (var owner = 0; owner < owners; owner++)
        {
            for (var at = 0; at < Bytes;)
            {
                var first = at;
                while (at < Bytes && held[owner, at] == held[owner, first]) at++;
                if (held[owner, first] != LockType.Unlock) runs.Add((owner, held[owner, first], first, at - 1));
            }
        }
        return runs;
    }

    private static LockType[,] Fill(int owners)
    {
        var all = new LockType[owners, Bytes];
        for (var owner = 0; owner < owners; owner++)
            for (var at = 0; at < Bytes; at++) all[owner, at] = LockType.Unlock;
        return all;
    }
}
