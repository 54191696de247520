namespace ByteFuse.Linux;

/// <summary>
/// A bounds-checked window of native memory: a FUSE payload, guest memory, a registered buffer.
/// Unlike a span it may live on the heap and across awaits; unlike a pointer it cannot be indexed out of its bounds.
/// It owns nothing: the memory outlives every slice of it by the rules of whoever mapped it.
/// </summary>
public readonly unsafe struct NativeSlice
{
    private readonly byte* address;

    /// <summary>Wraps <paramref name="length"/> bytes at <paramref name="address"/>.</summary>
    public NativeSlice(nint address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.address = (byte*)address;
        Length = length;
    }

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>The address, for system calls.</summary>
    public nint Address => (nint)address;

    /// <summary>The bytes, valid as long as the memory behind them.</summary>
    public Span<byte> Span => new(address, Length);

    /// <summary>A part of this slice; throws where it would leave the bounds.</summary>
    public NativeSlice Slice(int start, int length)
    {
        if ((uint)start > (uint)Length || (uint)length > (uint)(Length - start))
            throw new ArgumentOutOfRangeException(nameof(start));
        return new NativeSlice((nint)(address + start), length);
    }

    /// <summary>The rest of this slice from <paramref name="start"/> on; throws where it would leave the bounds.</summary>
    public NativeSlice Slice(int start) => Slice(start, Length - start);
}
