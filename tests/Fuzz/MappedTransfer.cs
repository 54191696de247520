using ByteFuse.Testing;

namespace ByteFuse.Fuzz;

/// <summary>
/// Copies to and from mapped files through a pipe: where a page cannot be had, the kernel's own copy answers EFAULT, while a plain
/// load or store would end the process with SIGBUS.
/// </summary>
public static class MappedTransfer
{
    /// <summary>Most bytes of one transfer: what a pipe holds by default (pipe(7)).</summary>
    public const int Limit = 64 * 1024;

    /// <summary>Reads all of <paramref name="mapped"/>: its length, or a negative errno.</summary>
    public static long Read(ReadOnlySpan<byte> mapped, Span<byte> target) => Copy(mapped, target);

    /// <summary>Writes all of <paramref name="source"/> to <paramref name="mapped"/>: its length, or a negative errno.</summary>
    public static long Write(Span<byte> mapped, ReadOnlySpan<byte> source) => Copy(source, mapped);

    private static long Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Limit);
        var opened = Sys.Pipe(out var reader, out var writer, Abi.O_CLOEXEC | Abi.O_NONBLOCK);
        if (opened < 0)
            return opened;
        try
        {
            // A fault part-way gives a short count rather than EFAULT.
            var entered = Sys.Write(writer, source);
            if (entered < source.Length)
                return entered < 0 ? entered : -Abi.EFAULT;
            var left = Sys.Read(reader, target[..source.Length]);
            return left >= 0 && left < source.Length ? -Abi.EFAULT : left;
        }
        finally
        {
            Sys.Close(reader);
            Sys.Close(writer);
        }
    }
}
