using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// A fixed number of equal buffers in native memory, for one reactor. It never grows: where it is empty, the caller waits
/// for something of its own to finish, or refuses.
/// </summary>
public sealed class BufferPool : IDisposable
{
    private readonly NativeMemoryBlock memory;
    private readonly int[] free;
    private readonly bool[] rented;
    private int freeCount;

    /// <summary>Makes the buffers, each a multiple of 4096 bytes long so that all are aligned for O_DIRECT.</summary>
    public BufferPool(int count, int bufferLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bufferLength);
        if (bufferLength % 4096 != 0) throw new ArgumentException("A buffer is a multiple of 4096 bytes long.", nameof(bufferLength));
        memory = NativeMemoryBlock.Allocate((long)count * bufferLength);
        BufferLength = bufferLength;
        rented = new bool[count];
        free = new int[count];
        // The lowest buffer is rented first, so that a lightly used pool touches little memory.
        while (freeCount < count) free[freeCount] = count - ++freeCount;
    }

    /// <summary>How many buffers there are.</summary>
    public int Count => free.Length;

    /// <summary>How many can be rented now.</summary>
    public int Available => freeCount;

    /// <summary>Length of each in bytes.</summary>
    public int BufferLength { get; }

    /// <summary>The buffer most recently given back; false where all are rented.</summary>
    public bool TryRent(out PooledBuffer buffer)
    {
        if (freeCount == 0)
        {
            buffer = default;
            return false;
        }
        var index = free[--freeCount];
        rented[index] = true;
        buffer = new PooledBuffer(this, index, SliceOf(index));
        return true;
    }

    /// <summary>The memory of one slot, to register it with a ring.</summary>
    public NativeSlice SliceOf(int index) => memory.Part((long)index * BufferLength, BufferLength);

    /// <summary>Unmaps the memory, when nothing is in flight on it.</summary>
    public void Dispose() => memory.Dispose();

    internal void Return(int index)
    {
        if (!rented[index]) throw new InvalidOperationException("A buffer was given back twice.");
        rented[index] = false;
        free[freeCount++] = index;
    }
}
