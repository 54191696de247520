namespace ByteFuse.Reactor;

/// <summary>Randomness, as a seam for simulation.</summary>
public interface IRandom
{
    /// <summary>Fills with random bytes; unpredictable outside simulation.</summary>
    void Fill(Span<byte> bytes);
}
