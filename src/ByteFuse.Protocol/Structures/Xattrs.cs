using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Argument of SETXATTR, followed by the name and the value: fuse_setxattr_in, 16 bytes. Its second half is there
/// because SETXATTR_EXT is always negotiated (<see cref="InitNegotiation"/>).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct SetXattrIn
{
    /// <summary>Bytes of value that follow the name.</summary>
    public uint Size;

    public XattrFlags Flags;
    public SetXattrFlags SetXattrFlags;
    public uint Padding;
}

/// <summary>Argument of GETXATTR, followed by the name, and of LISTXATTR: fuse_getxattr_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct GetXattrIn
{
    /// <summary>Bytes that the reply may hold (ERANGE if more are needed); 0 asks for the size alone.</summary>
    public uint Size;

    public uint Padding;
}

/// <summary>Reply to GETXATTR and LISTXATTR that asked for the size: fuse_getxattr_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct GetXattrOut
{
    /// <summary>Bytes of the value or of the list.</summary>
    public uint Size;

    public uint Padding;
}
