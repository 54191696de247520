namespace ByteFuse.FileSystem;

/// <summary>The bits of st_mode.</summary>
internal static class FileMode
{
    public const uint TypeMask = 0xF000;
    public const uint Socket = 0xC000;
    public const uint SymbolicLink = 0xA000;
    public const uint Regular = 0x8000;
    public const uint BlockDevice = 0x6000;
    public const uint Directory = 0x4000;
    public const uint CharacterDevice = 0x2000;
    public const uint Fifo = 0x1000;

    public const uint PermissionMask = 0xFFF;
    public const uint SetUserId = 0x800;
    public const uint SetGroupId = 0x400;
    public const uint Sticky = 0x200;
    public const uint GroupExecute = 0x8;

    public static bool IsDirectory(uint mode) => (mode & TypeMask) == Directory;

    public static bool IsRegular(uint mode) => (mode & TypeMask) == Regular;

    public static bool IsSymbolicLink(uint mode) => (mode & TypeMask) == SymbolicLink;

    /// <summary>The DT_* value of a dentry.</summary>
    public static byte DentryType(uint mode) => (byte)((mode & TypeMask) >> 12);

    /// <summary>The mode of a dentry type, with no permissions.</summary>
    public static uint OfDentryType(byte type) => (uint)type << 12;

    /// <summary>
    /// The mode after a write, truncate or chown by somebody without CAP_FSETID: set-user-id goes, and set-group-id
    /// where the group may execute. Without that bit it once meant mandatory locking: members of the group then keep it
    /// (fs/attr.c, setattr_should_drop_sgid).
    /// </summary>
    public static uint WithoutPrivileges(uint mode, bool isMember)
    {
        mode &= ~SetUserId;
        return (mode & GroupExecute) != 0 || !isMember ? mode & ~SetGroupId : mode;
    }
}
