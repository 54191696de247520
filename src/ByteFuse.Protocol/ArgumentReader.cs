using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Reads a request's arguments in order. It never throws and never allocates, whatever the bytes are: over virtio they
/// come from a guest. What it returns are views: valid as long as the bytes are, and no safer than memory that a guest
/// can write to at the same time. After a refusal its position is unspecified.
/// </summary>
public ref struct ArgumentReader(ReadOnlySpan<byte> arguments)
{
    private ReadOnlySpan<byte> _remaining = arguments;

    /// <summary>Bytes not yet read.</summary>
    public readonly int Remaining => _remaining.Length;

    /// <summary>Reads a struct at any alignment; false if there are too few bytes.</summary>
    public bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(_remaining, out value))
            return false;
        _remaining = _remaining[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>Reads exactly so many bytes; false if there are fewer, or the count is negative.</summary>
    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if ((uint)count > (uint)_remaining.Length)
        {
            bytes = default;
            return false;
        }
        bytes = _remaining[..count];
        _remaining = _remaining[count..];
        return true;
    }

    /// <summary>
    /// Reads the name of a directory entry, without its NUL. "." and ".." pass: LOOKUP needs them (EXPORT_SUPPORT).
    /// </summary>
    public bool TryReadName(out ReadOnlySpan<byte> name, out NameFault fault)
    {
        if (!TryReadText(ProtocolLimits.NameLength, out name, out fault))
            return false;
        if (!name.Contains((byte)'/'))
            return true;
        name = default;
        fault = NameFault.Malformed;
        return false;
    }

    /// <summary>Reads a symbolic link's target, without its NUL.</summary>
    public bool TryReadTarget(out ReadOnlySpan<byte> target, out NameFault fault) =>
        TryReadText(ProtocolLimits.SymlinkTargetLength, out target, out fault);

    /// <summary>Reads the name of an extended attribute, without its NUL.</summary>
    public bool TryReadXattrName(out ReadOnlySpan<byte> name, out NameFault fault) =>
        TryReadText(ProtocolLimits.XattrNameLength, out name, out fault);

    private bool TryReadText(int maximum, out ReadOnlySpan<byte> text, out NameFault fault)
    {
        text = default;
        var length = _remaining.IndexOf((byte)0);
        if (length <= 0)
        {
            fault = NameFault.Malformed;
            return false;
        }
        if (length > maximum)
        {
            fault = NameFault.TooLong;
            return false;
        }
        fault = NameFault.None;
        text = _remaining[..length];
        _remaining = _remaining[(length + 1)..];
        return true;
    }
}
