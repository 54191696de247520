namespace ByteFuse.Daemon;

/// <summary>What transport= asks for.</summary>
public enum TransportOption
{
    /// <summary>io_uring where the kernel has it enabled, /dev/fuse otherwise.</summary>
    Auto,

    /// <summary>io_uring, or no mount.</summary>
    Uring,

    /// <summary>/dev/fuse.</summary>
    Classic,
}
