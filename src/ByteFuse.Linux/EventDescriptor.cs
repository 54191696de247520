namespace ByteFuse.Linux;

/// <summary>eventfd(2): a counter to wake a thread or a ring with.</summary>
public static unsafe class EventDescriptor
{
    /// <summary>EFD_SEMAPHORE: each read takes 1 from the counter instead of all of it.</summary>
    public const int Semaphore = 1;

    /// <summary>A new counter of 0, closed on exec.</summary>
    public static IoResult Create(int flags = 0) => LibC.Result(LibC.Eventfd(0, flags | OpenFlags.CloseOnExec));

    /// <summary>Adds to the counter; blocks only when it would reach 2^64 - 1.</summary>
    public static IoResult Signal(int fd, ulong count = 1) => LibC.Result(LibC.Write(fd, (byte*)&count, sizeof(ulong)));

    /// <summary>Waits until the counter is above 0 and takes it (or 1 of it, with <see cref="Semaphore"/>).</summary>
    public static IoResult Wait(int fd)
    {
        ulong count;
        return LibC.Result(LibC.Read(fd, (byte*)&count, sizeof(ulong)));
    }
}
