namespace ByteFuse.FileSystem;

/// <summary>
/// What the daemon remembers of a regular file while it is open, so that a read or write needs no metadata. It can be
/// made anew from the inode record at any time (rule 5). Fields are hints or monotonic: a race costs one more commit.
/// </summary>
internal sealed class OpenInode
{
    private int privileges;
    private bool changed;
    private bool mappable;
    private bool known;
    private long accessedNs;
    private long changedNs;

    public required ulong Inode { get; init; }

    public required ulong DataId { get; init; }

    /// <summary>
    /// The kernel's number of the file that it reads and writes by itself; 0 where reads and writes come to the daemon. The same
    /// for all opens from the first to the last: the kernel refuses any other with EIO (fs/fuse/iomode.c; hazard 13).
    /// </summary>
    public int BackingId { get; init; }

    /// <summary>The directory in which the first of the opens created it, for <see cref="CreationHistory"/>; 0 where it was there.</summary>
    public ulong CreatedIn { get; init; }

    /// <summary>Opens not yet released; guarded by the table's stripe.</summary>
    public int Opens { get; set; }

    /// <summary>True where the daemon was asked to change its contents.</summary>
    public bool IsChanged
    {
        get => Volatile.Read(ref changed);
        set => Volatile.Write(ref changed, value);
    }

    /// <summary>True where a write must look whether set-id bits or a capability are to be removed.</summary>
    public bool MayHavePrivileges
    {
        get => Volatile.Read(ref privileges) != 0;
        set => Volatile.Write(ref privileges, value ? 1 : 0);
    }

    /// <summary>The access time as last committed.</summary>
    public long AccessedNs
    {
        get => Volatile.Read(ref accessedNs);
        set => Volatile.Write(ref accessedNs, value);
    }

    /// <summary>The latest change of contents or attributes that was seen: relatime compares with it.</summary>
    public long LastChangeNs
    {
        get => Volatile.Read(ref changedNs);
        set => Volatile.Write(ref changedNs, value);
    }

    /// <summary>Notes that it was opened so that it can be mapped for writing; true the first time.</summary>
    public bool BecomesMappable() => !Interlocked.Exchange(ref mappable, true);

    /// <summary>False where an earlier daemon opened it and nobody has read its record since.</summary>
    public bool IsKnown => Volatile.Read(ref known);

    /// <summary>Takes over what a node says.</summary>
    public void Refresh(in Node node)
    {
        MayHavePrivileges = Privileges.MayHave(node.Record);
        AccessedNs = node.Record.AccessedNs;
        LastChangeNs = Math.Max(node.ModifiedNs, node.ChangedNs);
        Volatile.Write(ref known, true);
    }
}
