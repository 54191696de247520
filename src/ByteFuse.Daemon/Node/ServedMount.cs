namespace ByteFuse.Daemon;

/// <summary>A place at which a daemon shows a volume: the mount itself, or another one of the same superblock.</summary>
/// <param name="State">What is announced of it.</param>
/// <param name="Session">The connection to the kernel, which all places of a volume share.</param>
public sealed record ServedMount(MountState State, MountSession Session)
{
    /// <summary>Names it.</summary>
    public string Id => State.Id;

    /// <summary>Where it is; canonical.</summary>
    public string MountPoint => State.MountPoint;

    /// <summary>True where it is in the tree of this process's mount namespace.</summary>
    public bool IsMounted => IsIn(MountTable.Read());

    /// <summary>True where a table of mounts has it at its place, perhaps below something else.</summary>
    public bool IsIn(IReadOnlyList<MountEntry> table) => table.Any(entry => entry.MountPoint == MountPoint && entry.Device == Session.Device);
}
