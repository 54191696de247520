namespace ByteFuse.Linux;

/// <summary>
/// Zeroed, page-aligned memory of this process, from huge pages where there are some. Kept out of core dumps: it holds
/// file contents. Whoever made it disposes of it, after the last slice of it is in use.
/// </summary>
public sealed class NativeMemoryBlock : IDisposable
{
    private const long HugePage = 2 << 20;

    private readonly long mappedLength;
    private nint address;

    private NativeMemoryBlock(nint address, long length, long mappedLength, bool hugePages)
    {
        this.address = address;
        this.mappedLength = mappedLength;
        Length = length;
        HugePages = hugePages;
    }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>True where the memory comes from the machine's reserved huge pages (not merely advised).</summary>
    public bool HugePages { get; }

    /// <summary>All of it; throws where it is longer than a slice can be (2 GiB).</summary>
    public NativeSlice Slice => new(Address, checked((int)Length));

    private nint Address => address != 0 ? address : throw new ObjectDisposedException(nameof(NativeMemoryBlock));

    /// <summary>Maps at least one byte; throws <see cref="OutOfMemoryException"/>, as start-up cannot go on without.</summary>
    public static NativeMemoryBlock Allocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        const int flags = SharedMemory.MapPrivate | SharedMemory.MapAnonymous;
        // A smaller block would waste most of a huge page.
        var large = length >= HugePage;
        var hugeLength = (length + HugePage - 1) & ~(HugePage - 1);
        if (large && SharedMemory.Map(0, hugeLength, protection, flags | SharedMemory.MapHugePages, -1, 0, out var huge) == Errno.None)
            return Prepared(huge, length, hugeLength, hugePages: true);
        var mappedLength = (length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        var error = SharedMemory.Map(0, mappedLength, protection, flags, -1, 0, out var mapped);
        if (error != Errno.None) throw new OutOfMemoryException($"Mapping {length} bytes failed with {error}.");
        // Advice only: a kernel without transparent huge pages answers EINVAL and everything works on small ones.
        if (large) SharedMemory.Advise(mapped, mappedLength, SharedMemory.AdviseHugePages);
        return Prepared(mapped, length, mappedLength, hugePages: false);
    }

    /// <summary>A part; throws where it would leave the bounds.</summary>
    public NativeSlice Part(long start, int length)
    {
        if (start < 0 || length < 0 || start > Length - length) throw new ArgumentOutOfRangeException(nameof(start));
        return new NativeSlice(Address + (nint)start, length);
    }

    /// <summary>Unmaps the memory.</summary>
    public void Dispose()
    {
        if (address == 0) return;
        SharedMemory.Unmap(address, mappedLength);
        address = 0;
    }

    private static NativeMemoryBlock Prepared(nint address, long length, long mappedLength, bool hugePages)
    {
        SharedMemory.Advise(address, mappedLength, SharedMemory.AdviseDontDump);
        return new NativeMemoryBlock(address, length, mappedLength, hugePages);
    }
}
