using System.Buffers.Binary;

namespace ByteFuse.Metadata;

/// <summary>The arithmetic of <see cref="MetadataCommit.Add"/> and <see cref="MetadataCommit.Max"/>, the same in every engine.</summary>
internal static class CounterValue
{
    /// <summary>Fields of a counter value: the largest in the schema has four; a longer one is a fault of the caller.</summary>
    public const int MaximumFields = 64;

    /// <summary>Longest counter value in bytes.</summary>
    public const int MaximumLength = MaximumFields * sizeof(long);

    /// <summary>Writes <paramref name="current"/> with the mutation applied to <paramref name="result"/> and returns its length.</summary>
    public static int Apply(in MutationView mutation, ReadOnlySpan<byte> current, Span<byte> result)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)mutation.Field, (uint)MaximumFields, "field");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(current.Length, MaximumLength, "value");
        var offset = mutation.Field * sizeof(long);
        var length = Math.Max(current.Length, offset + sizeof(long));
        result = result[..length];
        result.Clear();
        current.CopyTo(result);
        var field = result.Slice(offset, sizeof(long));
        var before = BinaryPrimitives.ReadInt64LittleEndian(field);
        var after = mutation.Kind == MutationKind.Add ? unchecked(before + mutation.Operand) : Math.Max(before, mutation.Operand);
        BinaryPrimitives.WriteInt64LittleEndian(field, after);
        return length;
    }
}
