using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata;

/// <summary>What a name stands for.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct DentryRecord
{
    /// <summary>The inode.</summary>
    public ulong Inode;

    /// <summary>The file type, as the type bits of st_mode shifted right by 12 (DT_*).</summary>
    public byte Type;

    /// <summary>Encoded length in bytes.</summary>
    public static int EncodedLength => RecordCodec.Length<DentryRecord>();

    /// <summary>Encodes into <paramref name="destination"/>.</summary>
    public readonly ReadOnlySpan<byte> Write(Span<byte> destination) => RecordCodec.Write(this, destination);

    /// <summary>Decodes; false where the value is no dentry record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out DentryRecord record) =>
        RecordCodec.TryRead(value, Unsafe.SizeOf<DentryRecord>(), out record);
}
