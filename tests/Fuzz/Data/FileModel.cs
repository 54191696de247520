namespace ByteFuse.Fuzz.Data;

/// <summary>What a file must contain: its bytes up to a limit, and its size.</summary>
public sealed class FileModel(int limit)
{
    private readonly byte[] bytes = new byte[limit];

    /// <summary>Size in bytes.</summary>
    public int Size { get; private set; }

    /// <summary>The expected bytes of [<paramref name="offset"/>, offset + <paramref name="length"/>), as far as the file reaches.</summary>
    public ReadOnlySpan<byte> Expect(int offset, int length) =>
        offset >= Size ? [] : bytes.AsSpan(offset, Math.Min(length, Size - offset));

    /// <summary>A write, which extends the file and leaves zeros in the gap.</summary>
    public void Write(int offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        data.CopyTo(bytes.AsSpan(offset));
        Size = Math.Max(Size, offset + data.Length);
    }

    /// <summary>Sets the size; bytes past it are gone, so that growing again shows zeros.</summary>
    public void Truncate(int size)
    {
        if (size < Size)
            bytes.AsSpan(size, Size - size).Clear();
        Size = size;
    }

    /// <summary>Zeroes a range as far as the file reaches, or extends the file over it.</summary>
    public void Zero(int offset, int length, bool extends)
    {
        bytes.AsSpan(offset, length).Clear();
        if (extends)
            Extend(offset, length);
    }

    /// <summary>Makes the file reach over the range.</summary>
    public void Extend(int offset, int length) => Size = Math.Max(Size, offset + length);

    /// <summary>Changes one byte: the file then no longer agrees. False for an empty file.</summary>
    public bool Corrupt(int position)
    {
        if (Size == 0)
            return false;
        bytes[position % Size] ^= 0x40;
        return true;
    }
}
