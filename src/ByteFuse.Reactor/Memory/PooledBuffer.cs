using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>A buffer rented from a <see cref="BufferPool"/>; dispose of it once, on the pool's reactor.</summary>
public readonly struct PooledBuffer : IDisposable
{
    private readonly BufferPool pool;
    private readonly int index;

    internal PooledBuffer(BufferPool pool, int index, NativeSlice slice)
    {
        this.pool = pool;
        this.index = index;
        Slice = slice;
    }

    /// <summary>The memory; its contents are whatever the last user left.</summary>
    public NativeSlice Slice { get; }

    /// <summary>The number of the slot in its pool, as registered buffers need.</summary>
    public int Index => index;

    /// <summary>Gives the buffer back; throws when it has been given back already.</summary>
    public void Dispose() => pool.Return(index);
}
