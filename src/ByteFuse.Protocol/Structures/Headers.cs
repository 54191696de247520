using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>What every request starts with: fuse_in_header, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InHeader
{
    /// <summary>The bit of <see cref="Unique"/> that is set when the request comes again: FUSE_UNIQUE_RESEND.</summary>
    public const ulong ResentBit = 1UL << 63;

    /// <summary>The user or group of a caller that an idmapped mount does not map: FUSE_INVALID_UIDGID.</summary>
    public const uint UnmappedId = uint.MaxValue;

    /// <summary>Bytes of the whole request: this header, arguments and extensions.</summary>
    public uint Length;

    public Opcode Opcode;

    /// <summary>Names the request; the reply repeats it, bit 63 included.</summary>
    public ulong Unique;

    /// <summary>The inode it is about, or the parent directory where a name follows.</summary>
    public ulong NodeId;

    /// <summary>The caller's fsuid; <see cref="UnmappedId"/> with ALLOW_IDMAP, except when creating.</summary>
    public uint UserId;

    /// <summary>The caller's fsgid; <see cref="UnmappedId"/> with ALLOW_IDMAP, except when creating.</summary>
    public uint GroupId;

    /// <summary>The caller's thread group in the mount's PID namespace; 0 if it has none there.</summary>
    public uint ProcessId;

    /// <summary>Length of the extensions at the request's end, in units of 8 bytes.</summary>
    public ushort ExtensionUnits;

    public ushort Padding;

    /// <summary>The request was given to a reader before (FUSE_NOTIFY_RESEND): it may have been executed.</summary>
    public readonly bool IsResent => (Unique & ResentBit) != 0;

    /// <summary>Names the request the same way whether or not it is sent again.</summary>
    public readonly ulong RequestId => Unique & ~ResentBit;

    /// <summary>Bytes of extensions at the request's end.</summary>
    public readonly int ExtensionLength => ExtensionUnits * 8;
}

/// <summary>What every reply and notification starts with: fuse_out_header, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OutHeader
{
    /// <summary>Bytes of the whole reply, this header included.</summary>
    public uint Length;

    /// <summary>0, or an errno as a negative number above -512. A notification's code, if <see cref="Unique"/> is 0.</summary>
    public int Error;

    /// <summary>The request's unique as it came, or 0 for a notification.</summary>
    public ulong Unique;
}
