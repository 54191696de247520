using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata;

/// <summary>An inode without a name: open but unlinked, made by O_TMPFILE, or a removed directory.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct OrphanRecord
{
    /// <summary>The session in which it lost its name; orphans of ended sessions are purged.</summary>
    public ulong Session;

    /// <summary>The attributes of a removed directory; zero for a file, whose inode record lives on until it is purged.</summary>
    public InodeRecord Attributes;

    /// <summary>Encoded length in bytes.</summary>
    public static int EncodedLength => RecordCodec.Length<OrphanRecord>();

    /// <summary>Encodes into <paramref name="destination"/>.</summary>
    public readonly ReadOnlySpan<byte> Write(Span<byte> destination) => RecordCodec.Write(this, destination);

    /// <summary>Decodes; false where the value is no orphan record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out OrphanRecord record) =>
        RecordCodec.TryRead(value, Unsafe.SizeOf<OrphanRecord>(), out record);
}
