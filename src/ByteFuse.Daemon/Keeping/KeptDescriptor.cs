namespace ByteFuse.Daemon;

/// <summary>The kinds of descriptors that a keeper holds for a mount. The names are a format (docs/keeping.md).</summary>
public static class KeptDescriptor
{
    /// <summary>The memfd of the mount's memory.</summary>
    public const string Memory = "memory";

    /// <summary>
    /// The lock of the volume's directory: as flock(2) belongs to the open file, nobody else can open the volume between two daemons.
    /// </summary>
    public const string VolumeLock = "lock";

    /// <summary>The memfd of the entries of io_uring.</summary>
    public const string Entries = "entries";

    /// <summary>A descriptor of /dev/fuse, the first one or a clone.</summary>
    public const string Fuse = "fuse";
}
