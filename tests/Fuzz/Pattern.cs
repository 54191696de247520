namespace ByteFuse.Fuzz;

/// <summary>The bytes that a write with a given seed carries: never zero, so that a hole never passes for data.</summary>
public static class Pattern
{
    /// <summary>Fills <paramref name="target"/> with the bytes of <paramref name="seed"/>.</summary>
    public static void Fill(Span<byte> target, ulong seed)
    {
        var random = new SeededRandom(seed);
        ulong bits = 0;
        for (var index = 0; index < target.Length; index++)
        {
            if ((index & 7) == 0)
                bits = random.NextBits();
            target[index] = (byte)(bits | 1);
            bits >>= 8;
        }
    }
}
