using System.Buffers.Binary;

namespace ByteFuse.Metadata;

/// <summary>
/// A directory's counters and times: a counter value (see <see cref="MetadataCommit.Add"/>), so that creates in one
/// directory commute and do not fight over the directory's row (hazard 2).
/// </summary>
public readonly record struct DirectoryCounters(long Entries, long Subdirectories, long ModifiedNs, long ChangedNs)
{
    /// <summary>Field of the number of names.</summary>
    public const int EntriesField = 0;

    /// <summary>Field of the number of names that are directories.</summary>
    public const int SubdirectoriesField = 1;

    /// <summary>Field of the mtime.</summary>
    public const int ModifiedField = 2;

    /// <summary>Field of the ctime.</summary>
    public const int ChangedField = 3;

    /// <summary>Encoded length in bytes.</summary>
    public const int EncodedLength = 4 * sizeof(long);

    /// <summary>Encodes into <paramref name="destination"/>.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, Entries);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Subdirectories);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], ModifiedNs);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], ChangedNs);
        return destination[..EncodedLength];
    }

    /// <summary>Decodes; false where the value is too short.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out DirectoryCounters counters)
    {
        counters = default;
        if (value.Length < EncodedLength) return false;
        counters = new DirectoryCounters(Field(value, 0), Field(value, 1), Field(value, 2), Field(value, 3));
        return true;
    }

    private static long Field(ReadOnlySpan<byte> value, int field) => BinaryPrimitives.ReadInt64LittleEndian(value[(field * 8)..]);
}
