using ByteFuse.FileSystem;
using ByteFuse.Linux;
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
    /// Other users may use the mount; permissions are always checked. By default on for root, from whom nobody is protected; other
    /// users have to ask, and may where /etc/fuse.conf has user_allow_other.
    /// </summary>
    public bool AllowOther { get; init; } = ProcessCalls.EffectiveUserId == 0;

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

    /// <summary>max_background=: asynchronous requests in the daemon at once; null for the default.</summary>
    public ushort? MaxBackground { get; init; }

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

    /// <summary>busy_poll=: how long a reactor looks for work before it sleeps; null where it was not said.</summary>
    public TimeSpan? BusyPoll { get; init; }

    /// <summary>give_way=: whether reactors that serve one request at a time run behind those they serve.</summary>
    public bool? GiveWay { get; init; }

    /// <summary>sandbox=: whether the daemon gives up what it does not need; null where it was not said.</summary>
    public bool? Sandbox { get; init; }

    /// <summary>The smaller of attr_timeout= and entry_timeout=; null for the default.</summary>
    public TimeSpan? CacheTimeout { get; init; }

    /// <summary>negative_timeout=; null for the default.</summary>
    public TimeSpan? NegativeTimeout { get; init; }

    /// <summary>timeout=: how long a call waits for a remote store that is away, before it fails with EIO; null for the default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>logfile=.</summary>
    public string? LogFile { get; init; }

    /// <summary>SELinux's contexts, as they are passed to the kernel.</summary>
    public string Security { get; init; } = "";
}
