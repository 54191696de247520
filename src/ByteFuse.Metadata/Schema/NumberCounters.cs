using System.Buffers.Binary;

namespace ByteFuse.Metadata;

/// <summary>Which inode numbers have been handed out: the counter value of <see cref="Keys.InodeAllocator"/>.</summary>
/// <param name="Next">The first number not yet handed to anybody.</param>
/// <param name="Swept">
/// Below this number no bytes are left that no inode owns. 0 in a volume that was never swept; never above <paramref name="Next"/>.
/// </param>
public readonly record struct NumberCounters(ulong Next, ulong Swept)
{
    /// <summary>Field of <see cref="Next"/>.</summary>
    public const int NextField = 0;

    /// <summary>Field of <see cref="Swept"/>.</summary>
    public const int SweptField = 1;

    /// <summary>
    /// True for the number of an inode whose creation a crash may have taken back and left its bytes. Today the data id of a file is its
    /// inode number: clones, which share data ids, will need another answer.
    /// </summary>
    public bool MayBeStray(ulong dataId) => dataId >= Math.Max(Swept, VolumeRecord.FirstInode) && dataId < Next;

    /// <summary>Decodes; false where the value is too short.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out NumberCounters counters)
    {
        counters = default;
        if (value.Length < sizeof(long)) return false;
        // A volume of a version that did not sweep has the first field alone.
        var swept = value.Length < 2 * sizeof(long) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(value[sizeof(long)..]);
        counters = new NumberCounters(BinaryPrimitives.ReadUInt64LittleEndian(value), swept);
        return true;
    }
}
