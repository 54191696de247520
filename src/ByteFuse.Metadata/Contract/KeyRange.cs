namespace ByteFuse.Metadata;

/// <summary>Order arithmetic on byte keys.</summary>
internal static class KeyRange
{
    /// <summary>
    /// Writes the least key greater than every key with this prefix and returns its length; 0 where there is none
    /// (an empty prefix, or one of 0xff alone).
    /// </summary>
    public static int Successor(ReadOnlySpan<byte> prefix, Span<byte> successor)
    {
        var length = prefix.Length;
        while (length > 0 && prefix[length - 1] == 0xff) length--;
        if (length == 0) return 0;
        prefix[..length].CopyTo(successor);
        successor[length - 1]++;
        return length;
    }
}
