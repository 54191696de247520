namespace ByteFuse.Linux;

/// <summary>
/// A file's bytes in memory, shared with the page cache: what is written here is the file's, with no call, and is there
/// after the process was killed. It reaches the disk when the kernel writes it back.
/// </summary>
public sealed class MappedFile : IDisposable
{
    private const int ZeroChunk = 64 << 10;

    private nint address;

    private MappedFile(nint address, int length) => (this.address, Length) = (address, length);

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>All of it, until <see cref="Dispose"/>.</summary>
    public NativeSlice Slice => address != 0 ? new NativeSlice(address, Length) : throw new ObjectDisposedException(nameof(MappedFile));

    /// <summary>
    /// Maps the first <paramref name="length"/> bytes of a file, which is made, or filled up with zeros, where it is shorter.
    /// All its blocks are written first, so that a full disk is an error here and no SIGBUS at some later store.
    /// </summary>
    public static Errno TryOpen(string path, int length, out MappedFile? file)
    {
        file = null;
        var opened = FileCalls.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.CloseOnExec, 0x180);
        if (!opened.Succeeded) return opened.Error;
        var error = Fill(opened.Value, length);
        if (error == Errno.None) error = Map(opened.Value, length, out file);
        FileCalls.Close(opened.Value);
        return error;
    }

    /// <summary>Unmaps it. Every slice dangles afterwards.</summary>
    public void Dispose()
    {
        if (address == 0) return;
        SharedMemory.Unmap(address, Length);
        address = 0;
    }

    private static Errno Map(int descriptor, int length, out MappedFile? file)
    {
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        var error = SharedMemory.Map(0, length, protection, SharedMemory.MapShared | SharedMemory.MapPopulate, descriptor, 0, out var mapped);
        file = error == Errno.None ? new MappedFile(mapped, length) : null;
        // A page that memory pressure took would be read again at the next store, by a thread that does not wait for disks. Only a
        // wish: RLIMIT_MEMLOCK may forbid it.
        if (file is not null) SharedMemory.Lock(mapped, length);
        return error;
    }

    private static Errno Fill(int descriptor, int length)
    {
        var error = FileCalls.GetStatus(descriptor, out var status);
        if (error != Errno.None || status.Size >= length) return error;
        Span<byte> zeros = new byte[ZeroChunk];
        for (var at = (int)status.Size; at < length;)
        {
            var written = FileCalls.WriteAt(descriptor, zeros[..Math.Min(ZeroChunk, length - at)], at);
            if (!written.Succeeded) return written.Error;
            at += written.Value;
        }
        // Blocks that are only promised (delayed allocation) are allocated now.
        return FileCalls.Sync(descriptor, dataOnly: true).Error;
    }
}
