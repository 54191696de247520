using ByteFuse.Metadata;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>When a read updates the access time, as the mount options of the same names.</summary>
public enum AccessTimePolicy
{
    /// <summary>If it is older than mtime or ctime, or than a day.</summary>
    Relative,

    /// <summary>Never.</summary>
    Never,

    /// <summary>At every open and read that reaches the daemon.</summary>
    Strict,
}

/// <summary>How one mount of a volume behaves.</summary>
public sealed record MountOptions
{
    /// <summary>Refuse changes. The kernel refuses them too; this holds for what it does by itself (atime).</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Every write is synchronous (mount -o sync).</summary>
    public bool Synchronous { get; init; }

    /// <summary>When reads update the access time.</summary>
    public AccessTimePolicy AccessTime { get; init; } = AccessTimePolicy.Relative;

    /// <summary>
    /// How long the kernel may keep names and attributes. An embedded volume has one kernel, which sees every change
    /// itself, so the default is as good as for ever; shared volumes set what their consistency mode allows.
    /// </summary>
    public TimeSpan CacheTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the kernel may remember that a name does not exist.</summary>
    public TimeSpan NegativeTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Who keeps the locks on files.</summary>
    public LockKeeper Locks { get; init; }

    /// <summary>The inode that this mount shows as its root (nodeid 1).</summary>
    public ulong RootInode { get; init; } = VolumeRecord.RootInode;

    /// <summary>What to ask of the kernel in INIT.</summary>
    public InitPreferences Init { get; init; } = new();
}
