namespace ByteFuse.Protocol;

/// <summary>Numbers of the protocol and of the VFS that bound what a request may hold.</summary>
public static class ProtocolLimits
{
    /// <summary>The only major version there is.</summary>
    public const uint Major = 7;

    /// <summary>The highest minor version this code knows.</summary>
    public const uint Minor = 45;

    /// <summary>
    /// The lowest minor version it speaks (Linux 5.12): from here on every argument struct has the length that
    /// <see cref="OpcodeTable"/> states, SETXATTR's included.
    /// </summary>
    public const uint OldestMinor = 33;

    /// <summary>From this minor version on INIT carries a second word of flags (Linux 5.17).</summary>
    public const uint FirstMinorWithSecondFlags = 36;

    /// <summary>The root's node id, FUSE_ROOT_ID.</summary>
    public const ulong RootNodeId = 1;

    /// <summary>Bytes in a name, without its NUL: NAME_MAX. The kernel itself sends up to PATH_MAX - 1.</summary>
    public const int NameLength = 255;

    /// <summary>Bytes in a symbolic link's target, without its NUL: PATH_MAX - 1.</summary>
    public const int SymlinkTargetLength = 4095;

    /// <summary>Bytes in the name of an extended attribute, without its NUL: XATTR_NAME_MAX.</summary>
    public const int XattrNameLength = 255;

    /// <summary>Bytes in the value of an extended attribute, and in the list of all names: XATTR_SIZE_MAX.</summary>
    public const int XattrValueLength = 65536;

    /// <summary>The smallest buffer that read(2) on /dev/fuse accepts, FUSE_MIN_READ_BUFFER.</summary>
    public const int MinimumReadBuffer = 8192;

    /// <summary>
    /// Bytes that a request needs beside its max_write bytes of data: the header and the largest fixed part that
    /// precedes data (fuse_dev_do_read demands sizeof(fuse_in_header) + sizeof(fuse_write_in) + max_write).
    /// </summary>
    public const int WriteOverhead = 80;

    /// <summary>
    /// An error that a reply may carry lies in 1..511: fuse_dev_do_write refuses with EINVAL what is not in (-512, 0].
    /// </summary>
    public const int HighestErrno = 511;
}
