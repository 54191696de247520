namespace ByteFuse.Metadata;

/// <summary>
/// The bytes of the keys and values of one read, scan or commit. It keeps its array between uses, so that a pooled
/// request stops allocating once it has grown to what its operations need.
/// </summary>
internal sealed class ByteArena
{
    /// <summary>An array grown beyond this is dropped when the arena is reset: one huge xattr must not pin memory for good.</summary>
    public const int KeptBytes = 256 * 1024;

    private byte[] bytes = new byte[1024];

    /// <summary>Bytes in use.</summary>
    public int Length { get; private set; }

    /// <summary>Copies <paramref name="value"/> in and returns where it lies.</summary>
    public ArenaRange Append(ReadOnlySpan<byte> value)
    {
        var range = new ArenaRange(Length, value.Length);
        value.CopyTo(Reserve(value.Length));
        return range;
    }

    /// <summary>The bytes of a range of this arena.</summary>
    public ReadOnlySpan<byte> Span(ArenaRange range) => bytes.AsSpan(range.Start, range.Length);

    /// <summary>Forgets the contents.</summary>
    public void Reset()
    {
        Length = 0;
        if (bytes.Length > KeptBytes) bytes = new byte[1024];
    }

    private Span<byte> Reserve(int count)
    {
        if (bytes.Length - Length < count) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, Length + count));
        var span = bytes.AsSpan(Length, count);
        Length += count;
        return span;
    }
}

/// <summary>A range of a <see cref="ByteArena"/>.</summary>
internal readonly record struct ArenaRange(int Start, int Length);
