namespace ByteFuse.Protocol;

/// <summary>FUSE_ATTR_*, in <see cref="Attributes.Flags"/>.</summary>
[Flags]
public enum AttributeFlags : uint
{
    None = 0,
    Submount = 1 << 0,
    Dax = 1 << 1,
}

/// <summary>FUSE_GETATTR_*.</summary>
[Flags]
public enum GetAttributesFlags : uint
{
    None = 0,

    /// <summary>The handle counts.</summary>
    Handle = 1 << 0,
}

/// <summary>FATTR_*: which fields of <see cref="SetAttributesIn"/> count.</summary>
[Flags]
public enum SetAttributesValid : uint
{
    None = 0,
    Mode = 1 << 0,
    UserId = 1 << 1,
    GroupId = 1 << 2,
    Size = 1 << 3,
    AccessTime = 1 << 4,
    ModifyTime = 1 << 5,

    /// <summary>The handle counts.</summary>
    Handle = 1 << 6,

    /// <summary>With <see cref="AccessTime"/>: the daemon's clock, not the request's time.</summary>
    AccessTimeNow = 1 << 7,

    /// <summary>With <see cref="ModifyTime"/>: the daemon's clock, not the request's time.</summary>
    ModifyTimeNow = 1 << 8,
    LockOwner = 1 << 9,
    ChangeTime = 1 << 10,

    /// <summary>Clear set-user-id, and set-group-id if group-executable.</summary>
    KillSuidSgid = 1 << 11,
}

/// <summary>STATX_* of statx(2): which fields of <see cref="Statx"/> are wanted or filled.</summary>
[Flags]
public enum StatxMask : uint
{
    None = 0,
    Type = 1 << 0,
    Mode = 1 << 1,
    LinkCount = 1 << 2,
    UserId = 1 << 3,
    GroupId = 1 << 4,
    AccessTime = 1 << 5,
    ModifyTime = 1 << 6,
    ChangeTime = 1 << 7,
    Inode = 1 << 8,
    Size = 1 << 9,
    Blocks = 1 << 10,
    BasicStats = (1 << 11) - 1,
    BirthTime = 1 << 11,
}

/// <summary>XATTR_* of setxattr(2).</summary>
[Flags]
public enum XattrFlags : uint
{
    None = 0,

    /// <summary>EEXIST if it exists.</summary>
    Create = 1 << 0,

    /// <summary>ENODATA if it does not exist.</summary>
    Replace = 1 << 1,
}

/// <summary>FUSE_SETXATTR_*.</summary>
[Flags]
public enum SetXattrFlags : uint
{
    None = 0,

    /// <summary>Setting system.posix_acl_access: clear set-group-id.</summary>
    AclKillSgid = 1 << 0,
}

/// <summary>RENAME_* of renameat2(2).</summary>
[Flags]
public enum RenameFlags : uint
{
    None = 0,

    /// <summary>EEXIST if the new name exists.</summary>
    NoReplace = 1 << 0,

    /// <summary>Both names exist and change places.</summary>
    Exchange = 1 << 1,

    /// <summary>The old name becomes a character device 0:0 (overlayfs).</summary>
    Whiteout = 1 << 2,
}
