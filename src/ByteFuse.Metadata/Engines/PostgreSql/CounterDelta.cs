using System.Buffers.Binary;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// The additions and maxima of one commit on one key, as the table of deltas has them: per change its kind (1 byte: 0 add, 1 max),
/// the field (1) and the operand (8, little endian).
/// </summary>
internal static class CounterDelta
{
    private const int Length = 1 + 1 + sizeof(long);

    /// <summary>The bytes of a delta with one more change.</summary>
    public static byte[] Append(byte[] changes, in MutationView mutation)
    {
        var longer = new byte[changes.Length + Length];
        changes.CopyTo(longer, 0);
        var change = longer.AsSpan(changes.Length);
        change[0] = mutation.Kind == MutationKind.Add ? (byte)0 : (byte)1;
        change[1] = checked((byte)mutation.Field);
        BinaryPrimitives.WriteInt64LittleEndian(change[2..], mutation.Operand);
        return longer;
    }

    /// <summary>A value with one more mutation.</summary>
    public static byte[] Apply(in MutationView mutation, byte[] value)
    {
        Span<byte> result = stackalloc byte[CounterValue.MaximumLength];
        return result[..CounterValue.Apply(mutation, value, result)].ToArray();
    }

    /// <summary>A value with a delta folded in; null where either is no counter's.</summary>
    public static byte[]? Fold(byte[] value, ReadOnlySpan<byte> changes)
    {
        if (value.Length > CounterValue.MaximumLength || changes.Length % Length != 0) return null;
        for (; changes.Length > 0; changes = changes[Length..])
        {
            if (changes[0] > 1 || changes[1] >= CounterValue.MaximumFields) return null;
            var kind = changes[0] == 0 ? MutationKind.Add : MutationKind.Max;
            value = Apply(new MutationView(kind, default, default, changes[1], BinaryPrimitives.ReadInt64LittleEndian(changes[2..])), value);
        }
        return value;
    }
}
