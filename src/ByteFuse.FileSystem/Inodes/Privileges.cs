using ByteFuse.Metadata;

namespace ByteFuse.FileSystem;

/// <summary>
/// Set-id bits and file capabilities, which a change of the contents or of the owner takes away. With
/// HANDLE_KILLPRIV_V2 the kernel leaves that to the daemon (include/uapi/linux/fuse.h).
/// </summary>
internal static class Privileges
{
    /// <summary>The xattr that holds file capabilities.</summary>
    public static ReadOnlySpan<byte> CapabilityName => "security.capability"u8;

    /// <summary>True where a change may have to take something away.</summary>
    public static bool MayHave(in InodeRecord record) =>
        !FileMode.IsDirectory(record.Mode)
        && ((record.Mode & (FileMode.SetUserId | FileMode.SetGroupId)) != 0 || (record.Flags & InodeFlags.HasCapability) != 0);

    /// <summary>
    /// Takes capabilities away, and set-id bits where <paramref name="killSetId"/> says that the caller lacks
    /// CAP_FSETID; appends what goes to the commit. True where the record changed.
    /// </summary>
    public static bool Strip(MetadataCommit commit, ulong inode, ref InodeRecord record, bool killSetId, Caller caller)
    {
        if (!MayHave(record)) return false;
        var before = record;
        if ((record.Flags & InodeFlags.HasCapability) != 0)
        {
            record.Flags &= ~InodeFlags.HasCapability;
            commit.Delete(Keys.Xattr(inode, CapabilityName));
        }
        if (killSetId) record.Mode = FileMode.WithoutPrivileges(record.Mode, caller.IsRoot || caller.GroupId == record.GroupId);
        return before.Mode != record.Mode || before.Flags != record.Flags;
    }
}
