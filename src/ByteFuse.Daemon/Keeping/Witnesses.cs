using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// The read ends of the pipes whose write ends daemons hold: by themselves, and by the registered files of their rings. The kernel
/// ends file I/O of a killed process some time after the process; the end of the pipe comes behind it (hazard 15).
/// </summary>
internal sealed class Witnesses : IDisposable
{
    private readonly List<int> earlier = [];
    private int latest = -1;

    /// <summary>The read end of the present daemon's.</summary>
    public int Latest => latest;

    /// <summary>Goes on with the read end of a daemon that another keeper welcomed.</summary>
    public void Inherit(int readEnd) => latest = readEnd;

    /// <summary>Goes on with the read end of a daemon of before this process.</summary>
    public void InheritEarlier(int readEnd) => earlier.Add(readEnd);

    /// <summary>Makes the pipe of the next daemon; its write end is the caller's.</summary>
    public Errno Next(out int writeEnd)
    {
        var error = FileCalls.CreatePipe(out var readEnd, out writeEnd);
        if (error != Errno.None) return error;
        if (latest >= 0) earlier.Add(latest);
        latest = readEnd;
        return Errno.None;
    }

    /// <summary>Returns when nothing of the daemons before the latest is running any more.</summary>
    public void AwaitEarlier()
    {
        Span<byte> nothing = stackalloc byte[1];
        foreach (var readEnd in earlier)
        {
            while (FileCalls.Read(readEnd, nothing).Error == Errno.EINTR) { }
            FileCalls.Close(readEnd);
        }
        earlier.Clear();
    }

    /// <summary>Returns when nothing of the latest daemon, or of those before, is running any more.</summary>
    public void AwaitAll()
    {
        if (latest >= 0) earlier.Add(latest);
        latest = -1;
        AwaitEarlier();
    }

    public void Dispose()
    {
        foreach (var readEnd in earlier) FileCalls.Close(readEnd);
        earlier.Clear();
        if (latest >= 0) FileCalls.Close(latest);
        latest = -1;
    }
}
