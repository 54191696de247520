namespace ByteFuse.Protocol;

/// <summary>What the daemon tells the kernel unasked: enum fuse_notify_code, in <see cref="OutHeader.Error"/>.</summary>
public enum NotifyCode
{
    Poll = 1,
    InvalidateInode = 2,
    InvalidateEntry = 3,
    Store = 4,
    Retrieve = 5,
    Delete = 6,

    /// <summary>Queue every request in processing again, with <see cref="InHeader.ResentBit"/>. Linux 6.9.</summary>
    Resend = 7,

    /// <summary>Expire every cached name at once, without a lock. 7.44.</summary>
    IncrementEpoch = 8,

    /// <summary>Let go of unused inodes. 7.45.</summary>
    Prune = 9,
}

/// <summary>Flags of <see cref="NotifyInvalidateEntry"/>.</summary>
[Flags]
public enum InvalidateEntryFlags : uint
{
    None = 0,

    /// <summary>FUSE_EXPIRE_ONLY: the name is looked up again at its next use; submounts on it stay.</summary>
    ExpireOnly = 1 << 0,
}
