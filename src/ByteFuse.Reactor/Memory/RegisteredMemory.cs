using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// Memory that is registered with a reactor's ring: the kernel holds its pages, so that a read or write of a part of it need not
/// look them up each time. Whoever reads or writes such memory through the reactor has that without asking for it. Used on the
/// reactor's thread alone.
/// </summary>
public sealed class RegisteredMemory
{
    /// <summary>Pieces of memory per reactor: IORING_MAX_REG_BUFFERS (io_uring/rsrc.c).</summary>
    public const int Maximum = 1 << 14;

    private readonly IoUring ring;
    private Piece[] pieces = new Piece[16];
    private bool[] taken = [];
    private int count;

    internal RegisteredMemory(IoUring ring) => this.ring = ring;

    /// <summary>Pieces registered now.</summary>
    public int Count => count;

    /// <summary>
    /// Registers a piece of memory, which stays mapped until it is taken out; overlaps with none that is there. ENOMEM beyond
    /// RLIMIT_MEMLOCK, ENOSPC beyond <see cref="Maximum"/>: everything works without, too.
    /// </summary>
    public Errno TryAdd(NativeSlice memory)
    {
        if (count == Maximum) return Errno.ENOSPC;
        if (taken.Length == 0)
        {
            // The ring takes a table once. Places that are empty cost 8 bytes.
            var made = ring.MakeBufferTable(Maximum);
            if (!made.Succeeded) return made.Error;
            taken = new bool[Maximum];
        }
        var place = Array.IndexOf(taken, false);
        var registered = ring.SetBuffer((uint)place, memory);
        if (!registered.Succeeded) return registered.Error;
        taken[place] = true;
        Insert(new Piece(memory.Address, memory.Length, (ushort)place));
        return Errno.None;
    }

    /// <summary>Takes a piece out again; what is in flight on it goes on.</summary>
    public void Remove(NativeSlice memory)
    {
        var at = IndexOf(memory.Address);
        if (at < 0 || pieces[at].Address != memory.Address) return;
        var place = pieces[at].Place;
        // Refused only by a ring that is not there any more, and then nothing is registered.
        ring.SetBuffer(place, default);
        taken[place] = false;
        Array.Copy(pieces, at + 1, pieces, at, --count - at);
    }

    /// <summary>The place in the ring's table of the piece that holds all of <paramref name="memory"/>.</summary>
    internal bool TryFind(NativeSlice memory, out ushort place)
    {
        var at = count == 0 ? -1 : IndexOf(memory.Address);
        if (at < 0 || memory.Address - pieces[at].Address > pieces[at].Length - memory.Length)
        {
            place = 0;
            return false;
        }
        place = pieces[at].Place;
        return true;
    }

    // The last piece that begins at or before an address; -1 where there is none.
    private int IndexOf(nint address)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (pieces[middle].Address <= address) low = middle + 1;
            else high = middle;
        }
        return low - 1;
    }

    private void Insert(Piece piece)
    {
        if (count == pieces.Length) Array.Resize(ref pieces, count * 2);
        var at = IndexOf(piece.Address) + 1;
        Array.Copy(pieces, at, pieces, at + 1, count++ - at);
        pieces[at] = piece;
    }

    private readonly record struct Piece(nint Address, int Length, ushort Place);
}
