using ByteFuse.FileSystem;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>The options of a mount, as -o of the command line or /etc/fstab gives them.</summary>
public sealed record ParsedMountOptions
{
    /// <summary>MS_ flags for mount(2).</summary>
    public ulong Flags { get; init; }

    /// <summary>ro.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>noatime, relatime or strictatime.</summary>
    public AccessTimePolicy AccessTime { get; init; } = AccessTimePolicy.Relative;

    /// <summary>
    /// Other users may use the mount. On unless noallow_other: only root mounts, so there is nobody to be protected from, and
    /// permissions are always checked.
    /// </summary>
    public bool AllowOther { get; init; } = true;

    /// <summary>Mount over a directory that is not empty.</summary>
    public bool NonEmpty { get; init; }

    /// <summary>fsname=: the device that /proc/mounts shows, instead of the URL.</summary>
    public string? FsName { get; init; }

    /// <summary>subtype=: the type is shown as fuse.SUBTYPE.</summary>
    public string Subtype { get; init; } = "bytefuse";

    /// <summary>max_write=, in bytes.</summary>
    public uint MaxWrite { get; init; } = 1 << 20;

    /// <summary>max_read=, in bytes.</summary>
    public uint? MaxRead { get; init; }

    /// <summary>max_readahead=, in bytes; null for max_write.</summary>
    public uint? MaxReadAhead { get; init; }

    /// <summary>transport=.</summary>
    public TransportOption Transport { get; init; }

    /// <summary>passthrough=.</summary>
    public PassthroughOption Passthrough { get; init; }

    /// <summary>uring_memory=: bytes that the payloads of io_uring's entries may take.</summary>
    public long UringMemory { get; init; } = UringLimits.DefaultMemory;

    /// <summary>locks=.</summary>
    public LockKeeper Locks { get; init; }

    /// <summary>reactors=; null for one per CPU.</summary>
    public int? Reactors { get; init; }

    /// <summary>The smaller of attr_timeout= and entry_timeout=; null for the default.</summary>
    public TimeSpan? CacheTimeout { get; init; }

    /// <summary>negative_timeout=; null for the default.</summary>
    public TimeSpan? NegativeTimeout { get; init; }

    /// <summary>logfile=.</summary>
    public string? LogFile { get; init; }

    /// <summary>SELinux's contexts, as they are passed to the kernel.</summary>
    public string Security { get; init; } = "";
}
