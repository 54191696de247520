using System.Runtime.CompilerServices;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>Expectations. The failing call's own text is part of the message.</summary>
public static class Expect
{
    /// <summary>The call succeeded; the result is its result.</summary>
    public static long Ok(long result, [CallerArgumentExpression(nameof(result))] string call = "", [CallerLineNumber] int line = 0)
    {
        if (result < 0)
            throw new CheckFailedException($"line {line}: {call}\n  failed with {ErrnoName(result)}");
        return result;
    }

    /// <summary>The call failed with this errno.</summary>
    public static void Fails(
        int errno, long result, [CallerArgumentExpression(nameof(result))] string call = "", [CallerLineNumber] int line = 0)
    {
        if (result != -errno)
        {
            string got = result < 0 ? ErrnoName(result) : $"result {result}";
            throw new CheckFailedException($"line {line}: {call}\n  expected {ErrnoName(errno)}, got {got}");
        }
    }

    /// <summary>errno 0 expects success; for tables that hold both.</summary>
    public static void Result(
        int errno, long result, [CallerArgumentExpression(nameof(result))] string call = "", [CallerLineNumber] int line = 0)
    {
        if (errno == 0)
            Ok(result, call, line);
        else
            Fails(errno, result, call, line);
    }

    public static void Same<T>(
        T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "", [CallerLineNumber] int line = 0)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new CheckFailedException($"line {line}: {what}\n  expected {expected}, got {actual}");
    }

    /// <summary>As <see cref="Same{T}"/> for modes, shown in octal.</summary>
    public static void SameMode(
        int expected, int actual, [CallerArgumentExpression(nameof(actual))] string what = "", [CallerLineNumber] int line = 0) =>
        Same(Convert.ToString(expected, 8), Convert.ToString(actual, 8), what, line);

    public static void SameBytes(
        ReadOnlySpan<byte> expected,
        ReadOnlySpan<byte> actual,
        [CallerArgumentExpression(nameof(actual))] string what = "",
        [CallerLineNumber] int line = 0)
    {
        if (expected.SequenceEqual(actual))
            return;
        int at = expected.CommonPrefixLength(actual);
        throw new CheckFailedException(
            $"line {line}: {what}\n  differs from byte {at}; lengths: expected {expected.Length}, got {actual.Length}");
    }

    public static void True(
        bool condition, [CallerArgumentExpression(nameof(condition))] string what = "", [CallerLineNumber] int line = 0)
    {
        if (!condition)
            throw new CheckFailedException($"line {line}: not so: {what}");
    }

    /// <summary>A mode written as chmod takes it: Octal(644).</summary>
    public static int Octal(int digits)
    {
        int mode = 0;
        for (int shift = 0; digits > 0; digits /= 10, shift += 3)
            mode |= digits % 10 << shift;
        return mode;
    }

    public static FileStatus StatOf(string path, [CallerLineNumber] int line = 0)
    {
        Ok(Sys.Stat(path, out FileStatus status), $"stat {path}", line);
        return status;
    }

    public static FileStatus LstatOf(string path, [CallerLineNumber] int line = 0)
    {
        Ok(Sys.Lstat(path, out FileStatus status), $"lstat {path}", line);
        return status;
    }

    public static FileStatus FstatOf(long fd, [CallerLineNumber] int line = 0)
    {
        Ok(Sys.Fstat(fd, out FileStatus status), $"fstat {fd}", line);
        return status;
    }
}
