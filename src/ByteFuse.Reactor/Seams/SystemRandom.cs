using System.Security.Cryptography;

namespace ByteFuse.Reactor;

/// <summary>The kernel's random bytes.</summary>
public sealed class SystemRandom : IRandom
{
    /// <summary>The one instance.</summary>
    public static SystemRandom Instance { get; } = new();

    private SystemRandom()
    {
    }

    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
