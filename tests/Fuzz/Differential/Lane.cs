using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>One thread's state on one side: its descriptor slots, its buffer, who it acts as. Used by one thread at a time.</summary>
public sealed class Lane : IDisposable
{
    /// <summary>Descriptors a lane may hold: enough for files open, duplicated and unlinked at once; few enough to be met again.</summary>
    public const int SlotCount = 4;

    /// <summary>Bytes of the largest transfer.</summary>
    public const int BufferSize = 64 * 1024;

    private const long Empty = -1;

    private readonly long[] descriptors = new long[SlotCount];
    private readonly bool[] locked = new bool[SlotCount];
    private readonly long buffer;
    private Identity current = Identity.Root;

    public Lane(Side side)
    {
        Side = side;
        Array.Fill(descriptors, Empty);
        // Mapped, so that it is aligned to pages as O_DIRECT asks.
        buffer = Sys.Mmap(BufferSize, Abi.PROT_READ | Abi.PROT_WRITE, Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS, -1, 0);
        if (buffer < 0)
            throw new InvalidOperationException($"mmap: {Abi.ErrnoName(buffer)}");
    }

    /// <summary>The side this lane works on.</summary>
    public Side Side { get; }

    /// <summary>Memory for transfers, of <see cref="BufferSize"/> bytes.</summary>
    public Span<byte> Buffer => Sys.Mapped(buffer, BufferSize);

    /// <summary>The absolute path of a path within the side.</summary>
    public string Absolute(string path) => path.Length == 0 ? "" : $"{Side.Root}/{path}";

    /// <summary>To be called first on each thread that runs this lane: a new thread is root.</summary>
    public void EnterThread() => current = Identity.Root;

    /// <summary>Issues an operation as its identity.</summary>
    public Outcome Perform(Operation operation)
    {
        if (!ReferenceEquals(current, operation.Identity))
        {
            operation.Identity.Assume();
            current = operation.Identity;
        }
        return operation.Run(this);
    }

    public bool TryDescriptor(int slot, out long descriptor)
    {
        descriptor = descriptors[slot];
        return descriptor != Empty;
    }

    /// <summary>Puts a new descriptor into a slot, closing the one before; an error leaves the slot as it was.</summary>
    public Outcome Fill(int slot, long opened)
    {
        if (opened < 0)
            return new Outcome(opened);
        Close(slot);
        descriptors[slot] = opened;
        return new Outcome(0);
    }

    /// <summary>Remembers that the slot may hold locks.</summary>
    public void MarkLocked(int slot) => locked[slot] = true;

    /// <summary>
    /// Closes a slot, unlocking first: FUSE drops flock and OFD locks in RELEASE, which the kernel sends without waiting for the
    /// answer, so that whether the next lock conflicts would be a race.
    /// </summary>
    public Outcome Close(int slot)
    {
        if (!TryDescriptor(slot, out var descriptor))
            return Outcome.Nothing;
        if (locked[slot])
        {
            Sys.Flock(descriptor, Abi.LOCK_UN);
            Sys.FcntlLock(descriptor, Abi.F_OFD_SETLK, Abi.F_UNLCK, 0, 0);
        }
        locked[slot] = false;
        descriptors[slot] = Empty;
        return Outcome.Of(Sys.Close(descriptor));
    }

    /// <summary>Closes every slot.</summary>
    public void CloseAll()
    {
        for (var slot = 0; slot < SlotCount; slot++)
            Close(slot);
    }

    public void Dispose()
    {
        CloseAll();
        Sys.Munmap(buffer, BufferSize);
    }
}
