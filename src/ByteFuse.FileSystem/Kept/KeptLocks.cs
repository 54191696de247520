using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// The locks that a connection holds, where a successor finds them: one place for each piece of <see cref="HeldLocks"/>. Who waits for
/// one has no place, as the kernel asks again for what was not answered.
/// </summary>
internal sealed class KeptLocks(NativeSlice memory)
{
    /// <summary>As many as a volume may hold, and those that changes make before they take others away: one change at a time in each stripe.</summary>
    public const int Places = LockTable.MaximumLocks + LockTable.Stripes * HeldLocks.MaximumMade;

    /// <summary>Bytes of all places.</summary>
    public const int Length = (Places + 1) * PlaceLength;

    private const int PlaceLength = 48;

    private readonly Lock gate = new();
    private readonly Stack<int> free = new();
    private bool ended;

    // In the first place: how many have been used. What lies behind them is never touched, and takes no memory.
    private ref ulong Used => ref MemoryMarshal.AsRef<ulong>(memory.Span);

    /// <summary>Keeps a lock; its place, or 0 where the memory has gone.</summary>
    public int Add(in LockRequest held)
    {
        lock (gate)
        {
            if (ended) return 0;
            if (!free.TryPop(out var place))
            {
                place = (int)Used + 1;
                if (place > Places) throw new InvalidOperationException("More locks are held than there may be.");
                Volatile.Write(ref Used, (ulong)place);
            }
            ref var kept = ref Place(place);
            // A process may be killed between any two of these: without an inode the place says nothing.
            kept = KeptLock.Of(held) with { Inode = 0 };
            Volatile.Write(ref kept.Inode, held.Inode);
            return place;
        }
    }

    /// <summary>A lock is not held any more.</summary>
    public void Remove(int place)
    {
        lock (gate)
        {
            if (ended) return;
            Volatile.Write(ref Place(place).Inode, 0);
            free.Push(place);
        }
    }

    /// <summary>What a dead daemon left, with its places, which stay taken. Once, before anything is kept here.</summary>
    public IReadOnlyList<(KeptLock Lock, int Place)> ReadLeft()
    {
        var left = new List<(KeptLock, int)>();
        lock (gate)
        {
            var used = (int)Math.Min(Used, Places);
            for (var place = 1; place <= used; place++)
            {
                var found = Place(place);
                if (found.Inode == 0) free.Push(place);
                else left.Add((found, place));
            }
        }
        return left;
    }

    /// <summary>The memory is about to go.</summary>
    public void End()
    {
        lock (gate) ended = true;
    }

    private ref KeptLock Place(int place) => ref MemoryMarshal.AsRef<KeptLock>(memory.Span[(place * PlaceLength)..]);
}

/// <summary>A lock that is held; a place in <see cref="KeptLocks"/> as it lies there.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
internal record struct KeptLock
{
    private const uint FlockBit = 1u << 31;

    /// <summary>The file; 0: no lock.</summary>
    public ulong Inode;

    /// <summary>The kernel's number of the owner.</summary>
    public ulong Owner;

    /// <summary>The open that it came through.</summary>
    public ulong Handle;

    /// <summary>First byte.</summary>
    public ulong Start;

    /// <summary>Last byte.</summary>
    public ulong End;

    /// <summary>F_RDLCK or F_WRLCK as the kernel has them; bit 31 for flock(2).</summary>
    public uint Kind;

    /// <summary>The process, as the kernel gave it.</summary>
    public uint ProcessId;

    public static KeptLock Of(in LockRequest held) => new()
    {
        Inode = held.Inode,
        Owner = held.Owner.Id,
        Handle = held.Handle,
        Start = held.Start,
        End = held.End,
        Kind = (uint)held.Type | (held.IsFlock ? FlockBit : 0),
        ProcessId = held.ProcessId,
    };

    public readonly LockRequest Of(Connection connection) => new(
        new LockOwner(connection, Owner), Start, End, (LockType)(Kind & ~FlockBit), Handle, ProcessId, Inode, (Kind & FlockBit) != 0);
}
