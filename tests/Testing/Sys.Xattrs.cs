namespace ByteFuse.Testing;

/// <summary>Extended attributes, by path, by link and by descriptor.</summary>
public static unsafe partial class Sys
{
    public static long SetXattr(string path, string name, ReadOnlySpan<byte> value, int flags = 0) =>
        SetByPath(SyscallNumber.Setxattr, path, name, value, flags);

    public static long LsetXattr(string path, string name, ReadOnlySpan<byte> value, int flags = 0) =>
        SetByPath(SyscallNumber.Lsetxattr, path, name, value, flags);

    public static long FsetXattr(long fd, string name, ReadOnlySpan<byte> value, int flags = 0)
    {
        fixed (byte* n = Bytes(name))
        fixed (byte* v = value)
            return Call(SyscallNumber.Fsetxattr, (nint)fd, (nint)n, (nint)v, value.Length, flags);
    }

    /// <summary>getxattr(2); an empty buffer asks for the length.</summary>
    public static long GetXattr(string path, string name, Span<byte> value) =>
        GetByPath(SyscallNumber.Getxattr, path, name, value);

    public static long LgetXattr(string path, string name, Span<byte> value) =>
        GetByPath(SyscallNumber.Lgetxattr, path, name, value);

    public static long FgetXattr(long fd, string name, Span<byte> value)
    {
        fixed (byte* n = Bytes(name))
        fixed (byte* v = value)
            return Call(SyscallNumber.Fgetxattr, (nint)fd, (nint)n, (nint)v, value.Length);
    }

    public static long ListXattr(string path, Span<byte> list) => ListByPath(SyscallNumber.Listxattr, path, list);

    public static long LlistXattr(string path, Span<byte> list) => ListByPath(SyscallNumber.Llistxattr, path, list);

    public static long FlistXattr(long fd, Span<byte> list)
    {
        fixed (byte* l = list)
            return Call(SyscallNumber.Flistxattr, (nint)fd, (nint)l, list.Length);
    }

    public static long RemoveXattr(string path, string name) => RemoveByPath(SyscallNumber.Removexattr, path, name);

    public static long LremoveXattr(string path, string name) => RemoveByPath(SyscallNumber.Lremovexattr, path, name);

    public static long FremoveXattr(long fd, string name)
    {
        fixed (byte* n = Bytes(name))
            return Call(SyscallNumber.Fremovexattr, (nint)fd, (nint)n);
    }

    /// <summary>The names in listxattr's order; the result is the length of the list in bytes or a negative errno.</summary>
    public static long ListXattr(string path, out string[] names)
    {
        var list = new byte[65536];
        long length = LlistXattr(path, list);
        names = length <= 0 ? [] : Text(list.AsSpan(0, (int)length - 1)).Split('\0');
        return length;
    }

    private static long SetByPath(int number, string path, string name, ReadOnlySpan<byte> value, int flags)
    {
        fixed (byte* p = Bytes(path))
        fixed (byte* n = Bytes(name))
        fixed (byte* v = value)
            return Call(number, (nint)p, (nint)n, (nint)v, value.Length, flags);
    }

    private static long GetByPath(int number, string path, string name, Span<byte> value)
    {
        fixed (byte* p = Bytes(path))
        fixed (byte* n = Bytes(name))
        fixed (byte* v = value)
            return Call(number, (nint)p, (nint)n, (nint)v, value.Length);
    }

    private static long ListByPath(int number, string path, Span<byte> list)
    {
        fixed (byte* p = Bytes(path))
        fixed (byte* l = list)
            return Call(number, (nint)p, (nint)l, list.Length);
    }

    private static long RemoveByPath(int number, string path, string name)
    {
        fixed (byte* p = Bytes(path))
        fixed (byte* n = Bytes(name))
            return Call(number, (nint)p, (nint)n);
    }
}
