using System.Text;

namespace ByteFuse.Linux;

/// <summary>Paths and other strings as the kernel takes them: null-terminated UTF-8.</summary>
public static class PathBytes
{
    /// <summary>The bytes of a string; throws where it contains a null character, which would cut it short.</summary>
    public static byte[] Of(string text)
    {
        if (text.Contains('\0')) throw new ArgumentException("A path has no null character inside.", nameof(text));
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>Throws where a path given as bytes would run on into foreign memory.</summary>
    public static void RequireTerminated(ReadOnlySpan<byte> path)
    {
        if (!path.Contains((byte)0)) throw new ArgumentException("A path given to the kernel ends with a null byte.", nameof(path));
    }
}
