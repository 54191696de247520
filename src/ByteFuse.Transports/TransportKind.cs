namespace ByteFuse.Transports;

/// <summary>How the requests of a mount come.</summary>
public enum TransportKind
{
    /// <summary>By read(2) and write(2) of /dev/fuse.</summary>
    Classic,

    /// <summary>Through the reactors' io_urings, with what cannot come there through /dev/fuse.</summary>
    Uring,
}
