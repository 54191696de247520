using System.Runtime.InteropServices;
using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// The access times of <see cref="PendingAccessTimes"/> that came through one connection, where a successor finds them: what an
/// application has seen does not go back because a daemon was killed. One place for each that waits.
/// </summary>
internal sealed class KeptAccessTimes(NativeSlice memory)
{
    /// <summary>Places: as many as may wait.</summary>
    public const int Places = PendingAccessTimes.Maximum;

    /// <summary>Bytes of all places.</summary>
    public const int Length = Places * PlaceLength;

    private const int PlaceLength = 16;

    private readonly Lock gate = new();
    private readonly Stack<int> free = new();
    private int used;
    private bool ended;

    /// <summary>Keeps an access time; -1 where no place is free: then it is lost with the daemon.</summary>
    public int Add(ulong inode, long timeNs)
    {
        lock (gate)
        {
            if (ended) return -1;
            if (!free.TryPop(out var place))
            {
                if (used == Places) return -1;
                place = used++;
            }
            Volatile.Write(ref Place(place).TimeNs, timeNs);
            Volatile.Write(ref Place(place).Inode, inode);
            return place;
        }
    }

    /// <summary>A later time of the same inode.</summary>
    public void Update(int place, long timeNs)
    {
        lock (gate)
        {
            if (!ended && place >= 0) Volatile.Write(ref Place(place).TimeNs, timeNs);
        }
    }

    /// <summary>It has been committed, or does not count any more.</summary>
    public void Remove(int place)
    {
        lock (gate)
        {
            if (ended || place < 0) return;
            Volatile.Write(ref Place(place).Inode, 0);
            free.Push(place);
        }
    }

    /// <summary>What a dead daemon left, with its places, which stay taken. Before anything is kept here.</summary>
    public List<(ulong Inode, long TimeNs, int Place)> ReadLeft()
    {
        var left = new List<(ulong, long, int)>();
        lock (gate)
        {
            for (used = Places; used > 0 && Place(used - 1).Inode == 0;) used--;
            for (var place = 0; place < used; place++)
            {
                ref var found = ref Place(place);
                if (found.Inode != 0) left.Add((found.Inode, found.TimeNs, place));
                else free.Push(place);
            }
        }
        return left;
    }

    /// <summary>The memory is about to go.</summary>
    public void End()
    {
        lock (gate) ended = true;
    }

    private ref PlaceLayout Place(int place) => ref MemoryMarshal.AsRef<PlaceLayout>(memory.Span[(place * PlaceLength)..]);

    [StructLayout(LayoutKind.Sequential, Size = PlaceLength)]
    private struct PlaceLayout
    {
        public ulong Inode;
        public long TimeNs;
    }
}
