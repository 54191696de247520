using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Metadata;

/// <summary>The volume's own record.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct VolumeRecord
{
    /// <summary>The format that this version writes; a volume of a newer one is refused.</summary>
    public const uint CurrentFormat = 1;

    /// <summary>The inode number of the root directory: the nodeid that the kernel gives it.</summary>
    public const ulong RootInode = 1;

    /// <summary>The first inode number handed out; those below are reserved.</summary>
    public const ulong FirstInode = 16;

    /// <summary>Version of keys and records.</summary>
    public uint Format;

    /// <summary>Identity of the volume: 128 random bits.</summary>
    public UInt128 Identity;

    /// <summary>Key of the name hash behind directory cookies: 128 random bits, so that nobody can make names collide.</summary>
    public UInt128 CookieKey;

    /// <summary>When the volume was formatted.</summary>
    public long FormattedNs;

    /// <summary>Sessions so far: each mount of the volume takes the next number.</summary>
    public ulong LastSession;

    /// <summary>Encoded length in bytes.</summary>
    public static int EncodedLength => RecordCodec.Length<VolumeRecord>();

    /// <summary>Encodes into <paramref name="destination"/>.</summary>
    public readonly ReadOnlySpan<byte> Write(Span<byte> destination) => RecordCodec.Write(this, destination);

    /// <summary>Decodes; false where the value is no volume record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out VolumeRecord record) =>
        RecordCodec.TryRead(value, Unsafe.SizeOf<VolumeRecord>(), out record);
}
