using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// What an extension of a request starts with: fuse_ext_header, 8 bytes. A type up to 31 is the number of security
/// contexts that follow (fuse_secctx_header has the same shape).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct ExtensionHeader
{
    /// <summary>FUSE_MAX_NR_SECCTX: types up to this one count security contexts.</summary>
    public const uint MaxSecurityContexts = 31;

    /// <summary>FUSE_EXT_GROUPS: a count and that many group ids.</summary>
    public const uint SupplementaryGroups = 32;

    /// <summary>Bytes, this header included.</summary>
    public uint Size;

    public uint Type;
}

/// <summary>What a security context starts with; its name with NUL and its value follow: fuse_secctx, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SecurityContextHeader
{
    /// <summary>Bytes of the value.</summary>
    public uint Size;

    public uint Padding;
}
