using System.Security.Cryptography;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>A short digest of bytes, to compare contents without keeping them.</summary>
public static class ContentDigest
{
    private const int DigestLength = 8;

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes).AsSpan(0, DigestLength));

    /// <summary>The digest of a whole file, or the error in reading it.</summary>
    public static string OfFile(string path)
    {
        var descriptor = Sys.Open(path, OpenFlags.O_NOFOLLOW.ToNative());
        if (descriptor < 0)
            return $"open: {Abi.ErrnoName(descriptor)}";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[256 * 1024];
            long length;
            while ((length = Sys.Read(descriptor, buffer)) > 0)
                hash.AppendData(buffer.AsSpan(0, (int)length));
            return length < 0 ? $"read: {Abi.ErrnoName(length)}" : Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, DigestLength));
        }
        finally
        {
            Sys.Close(descriptor);
        }
    }
}
