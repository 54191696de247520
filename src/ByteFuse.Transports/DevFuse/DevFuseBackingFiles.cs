using ByteFuse.Data;
using ByteFuse.Linux;

namespace ByteFuse.Transports.DevFuse;

/// <summary>Gives files to the kernel by a descriptor of the mount.</summary>
internal sealed class DevFuseBackingFiles(int fd) : IBackingFiles
{
    private int count;

    /// <summary>Files that the kernel has now.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>An earlier daemon has given it so many.</summary>
    public void Inherit(int held) => Volatile.Write(ref count, held);

    public IoResult Open(int file)
    {
        var opened = FuseDevice.OpenBacking(fd, file);
        if (opened.Succeeded) Interlocked.Increment(ref count);
        return opened;
    }

    // It fails for a number that the kernel does not know: a number is taken back once.
    public void Close(int backingId)
    {
        if (FuseDevice.CloseBacking(fd, backingId).Succeeded) Interlocked.Decrement(ref count);
    }
}
