using System.Runtime.InteropServices;
using System.Text;

namespace ByteFuse.Testing;

/// <summary>
/// Thin wrappers over Linux system calls. Each returns what the kernel returned: a result of at least 0, or a negative errno.
/// All go through syscall(2), so that glibc neither retries, nor translates, nor spreads credentials to other threads.
/// Paths are UTF-8; a lone surrogate U+DC80..U+DCFF stands for the raw byte 0x80..0xFF, so that any name can be expressed.
/// </summary>
public static unsafe partial class Sys
{
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    private static long Call(int number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        nint result = Syscall(number, a, b, c, d, e, f);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary>The NUL-terminated bytes of a path or name.</summary>
    internal static byte[] Bytes(string text)
    {
        var bytes = new List<byte>(text.Length + 1);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)text[i]);
                continue;
            }
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int consumed);
            bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
            i += consumed - 1;
        }
        bytes.Add(0);
        return [.. bytes];
    }

    /// <summary>The inverse of the encoding of paths: bytes that are not UTF-8 become lone surrogates.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                consumed = 1;
                text.Append((char)(0xDC00 | bytes[0]));
            }
            bytes = bytes[consumed..];
        }
        return text.ToString();
    }
}
