namespace ByteFuse.Linux;

/// <summary>
/// Zeroed memory that outlives the process: a memfd, which lives as long as anybody has a descriptor of it, mapped here. It can
/// neither shrink nor grow, so that no access to it ends in SIGBUS. Kept out of core dumps.
/// </summary>
public sealed class KeptBlock : IDisposable
{
    private const int SealFurther = 1;
    private const int SealShrink = 2;
    private const int SealGrow = 4;

    private nint address;

    private KeptBlock(int descriptor, nint address, int length)
    {
        Descriptor = descriptor;
        this.address = address;
        Length = length;
    }

    /// <summary>The memfd; closed by <see cref="Dispose"/>.</summary>
    public int Descriptor { get; }

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>All of it, until <see cref="Dispose"/>.</summary>
    public NativeSlice Slice => address != 0 ? new NativeSlice(address, Length) : throw new ObjectDisposedException(nameof(KeptBlock));

    /// <summary>Makes and maps a new one; the name shows in /proc.</summary>
    public static Errno TryCreate(string name, int length, out KeptBlock? block)
    {
        block = null;
        var created = SharedMemory.CreateFile(name, SharedMemory.MemfdCloseOnExec | SharedMemory.MemfdAllowSealing);
        if (!created.Succeeded) return created.Error;
        var result = FileCalls.Truncate(created.Value, length);
        if (result.Succeeded) result = SharedMemory.Seal(created.Value, SealShrink | SealGrow | SealFurther);
        var error = result.Succeeded ? TryOpen(created.Value, out block) : result.Error;
        if (error != Errno.None) FileCalls.Close(created.Value);
        return error;
    }

    /// <summary>Maps one that another process made, of which this one got a descriptor: that is the block's where this succeeds.</summary>
    public static Errno TryOpen(int descriptor, out KeptBlock? block)
    {
        block = null;
        var error = FileCalls.GetStatus(descriptor, out var status);
        if (error != Errno.None) return error;
        if (status.Size is <= 0 or > int.MaxValue) return Errno.EINVAL;
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        error = SharedMemory.Map(0, status.Size, protection, SharedMemory.MapShared, descriptor, 0, out var mapped);
        if (error != Errno.None) return error;
        SharedMemory.Advise(mapped, status.Size, SharedMemory.AdviseDontDump);
        block = new KeptBlock(descriptor, mapped, (int)status.Size);
        return Errno.None;
    }

    /// <summary>Unmaps it and leaves the descriptor to the caller. Every slice dangles afterwards.</summary>
    public void Unmap()
    {
        if (address == 0) return;
        SharedMemory.Unmap(address, Length);
        address = 0;
    }

    /// <summary>Unmaps it and closes the descriptor; what other processes have of it stays.</summary>
    public void Dispose()
    {
        if (address == 0) return;
        Unmap();
        FileCalls.Close(Descriptor);
    }
}
