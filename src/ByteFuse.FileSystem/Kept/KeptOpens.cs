using System.Runtime.InteropServices;
using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// The open files of a connection with passthrough, where a successor finds them: the kernel refuses an open that disagrees with
/// those before it about the backing file (hazard 13), so whoever answers one has to know of all of them. One place for each open,
/// named by its handle and by the request that asked for it: so a RELEASE that comes again ends nothing else, and an OPEN that comes
/// again is not counted twice. What is there was there before its answer.
/// </summary>
internal sealed class KeptOpens(NativeSlice memory)
{
    /// <summary>
    /// Opens at most: some ten times what one machine of today has open. One beyond is lost with the daemon: until its file has been
    /// closed, a successor's opens of it may fail.
    /// </summary>
    public const int Places = 1 << 20;

    /// <summary>Bytes of all places.</summary>
    public const int Length = (Places + 1) * PlaceLength;

    private const int PlaceLength = 40;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, int> places = [];
    private readonly Stack<int> free = new();
    private bool ended;

    // In the first place: how many have been used. What lies behind them is never touched, and takes no memory.
    private ref ulong Used => ref MemoryMarshal.AsRef<ulong>(memory.Span);

    /// <summary>Keeps an open that is about to be answered.</summary>
    public void Add(in KeptOpen open)
    {
        lock (gate)
        {
            if (ended || places.ContainsKey(open.Handle)) return;
            if (!free.TryPop(out var place))
            {
                if (Used >= Places) return;
                place = (int)Used;
                Volatile.Write(ref Used, Used + 1);
            }
            ref var kept = ref Place(place);
            // A process may be killed between any two of these: without a handle the place says nothing.
            kept = open with { Handle = 0 };
            Volatile.Write(ref kept.Handle, open.Handle);
            places.Add(open.Handle, place);
        }
    }

    /// <summary>An open is released; false where it is not kept, or was released before.</summary>
    public bool Remove(ulong handle)
    {
        lock (gate)
        {
            if (ended || !places.Remove(handle, out var place)) return false;
            Volatile.Write(ref Place(place).Handle, 0);
            free.Push(place);
            return true;
        }
    }

    /// <summary>The handle that a request was given by a daemon whose answer the kernel did not get; 0 where there is none.</summary>
    public ulong HandleOf(ulong requestId)
    {
        lock (gate)
        {
            if (ended) return 0;
            foreach (var place in places.Values)
            {
                if (Place(place).RequestId == requestId) return Place(place).Handle;
            }
            return 0;
        }
    }

    /// <summary>What a dead daemon left; it stays there. Once, before anything is added.</summary>
    public IReadOnlyList<KeptOpen> ReadLeft()
    {
        var left = new List<KeptOpen>();
        lock (gate)
        {
            var used = (int)Math.Min(Used, Places);
            for (var place = 0; place < used; place++)
            {
                var found = Place(place);
                if (found.Handle == 0 || !places.TryAdd(found.Handle, place)) free.Push(place);
                else left.Add(found);
            }
        }
        return left;
    }

    /// <summary>The memory is about to go.</summary>
    public void End()
    {
        lock (gate) ended = true;
    }

    private ref KeptOpen Place(int place) => ref MemoryMarshal.AsRef<KeptOpen>(memory.Span[((place + 1) * PlaceLength)..]);
}

/// <summary>An open file; a place in <see cref="KeptOpens"/> as it lies there.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal record struct KeptOpen
{
    /// <summary>What the kernel names it by; 0: no open.</summary>
    public ulong Handle;

    /// <summary>The file.</summary>
    public ulong Inode;

    /// <summary>Its bytes.</summary>
    public ulong DataId;

    /// <summary>The kernel's number of the OPEN or CREATE.</summary>
    public ulong RequestId;

    /// <summary>The kernel's number of the backing file; 0 where reads and writes come to the daemon.</summary>
    public int BackingId;
}
