namespace ByteFuse.Linux;

/// <summary>
/// A file's bytes in memory, shared with the page cache: what is written here is the file's, with no call, and is there
/// after the process was killed. It reaches the disk when the kernel writes it back.
/// </summary>
public sealed class MappedFile : IDisposable
{
    private const int Chunk = 64 << 10;

    private nint address;

    private MappedFile(nint address, int length) => (this.address, Length) = (address, length);

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>All of it, until <see cref="Dispose"/>.</summary>
    public NativeSlice Slice => address != 0 ? new NativeSlice(address, Length) : throw new ObjectDisposedException(nameof(MappedFile));

    /// <summary>
    /// Maps the first <paramref name="length"/> bytes of a file, which is made, or filled up with zeros, where it is shorter.
    /// Where blocks are missing all are written first, so that a full disk is an error here and no SIGBUS at some later store.
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
        // Holes: it is new, or a copy that left out zeros.
        if (error != Errno.None || (status.Size >= length && (long)status.Blocks512 * 512 >= length)) return error;
        Span<byte> chunk = new byte[Chunk];
        for (var at = 0; at < length; at += Chunk)
        {
            chunk.Clear();
            var read = FileCalls.ReadAt(descriptor, chunk, at);
            if (!read.Succeeded) return read.Error;
            var written = FileCalls.WriteAt(descriptor, chunk[..Math.Min(Chunk, length - at)], at);
            if (!written.Succeeded) return written.Error;
            // A disk that is full in the midst takes a part, and the next call says why.
            if (written.Value < Math.Min(Chunk, length - at)) return Errno.ENOSPC;
        }
        // Blocks that are only promised (delayed allocation) are allocated now.
        return FileCalls.Sync(descriptor, dataOnly: true).Error;
    }
}
