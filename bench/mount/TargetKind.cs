namespace ByteFuse.MountBench;

/// <summary>Who serves a target.</summary>
public enum Server
{
    /// <summary>Nobody: the file system of the store itself.</summary>
    None,

    /// <summary>libfuse's passthrough_hp.</summary>
    PassthroughHp,

    /// <summary>A volume mounted by the bytefuse command.</summary>
    Bytefuse,

    /// <summary>bench/peers/null_ll.c: libfuse's low-level API without a store.</summary>
    NullLowLevel,

    /// <summary>bench/null: ByteFUSE without a store.</summary>
    NullBytefuse,
}

/// <summary>A file system that can be measured.</summary>
/// <param name="Name">How it is called on the command line and in results.</param>
/// <param name="Server">Who serves it.</param>
/// <param name="Options">What the server is given; separated by blanks.</param>
public sealed record TargetKind(string Name, Server Server, string Options = "")
{
    // As deep as the figures in the peers' own publications.
    private const string Uring = "-o io_uring,io_uring_q_depth=8";

    /// <summary>All there are.</summary>
    public static IReadOnlyList<TargetKind> All { get; } =
    [
        new("ext4", Server.None),
        new("tmpfs", Server.None),
        // The kernel would read and write files by itself, so that nothing of the server would be measured.
        new("passthrough_hp", Server.PassthroughHp, "--nopassthrough"),
        new("passthrough_hp-uring", Server.PassthroughHp, $"--nopassthrough {Uring}"),
        new("passthrough_hp-passthrough", Server.PassthroughHp),
        new("bytefuse", Server.Bytefuse),
        new("bytefuse-classic", Server.Bytefuse, "transport=classic,passthrough=off"),
        new("bytefuse-uring", Server.Bytefuse, "transport=uring,passthrough=off"),
        new("bytefuse-classic-8m", Server.Bytefuse, "transport=classic,passthrough=off,max_write=8M"),
        new("bytefuse-uring-8m", Server.Bytefuse, "transport=uring,passthrough=off,max_write=8M"),
        new("bytefuse-classic-uncached", Server.Bytefuse, "transport=classic,passthrough=off,attr_timeout=0,entry_timeout=0"),
        new("bytefuse-uring-uncached", Server.Bytefuse, "transport=uring,passthrough=off,attr_timeout=0,entry_timeout=0"),
        // Whatever does not go to the kernel comes through io_uring.
        new("bytefuse-passthrough", Server.Bytefuse, "transport=uring,passthrough=on"),
        new("null_ll", Server.NullLowLevel),
        new("null_ll-uring", Server.NullLowLevel, Uring),
        new("bytefuse-null-classic", Server.NullBytefuse, "classic"),
        new("bytefuse-null-uring", Server.NullBytefuse, "uring"),
    ];

    /// <summary>The one of this name.</summary>
    public static TargetKind Named(string name) => All.Single(kind => kind.Name == name);
}
