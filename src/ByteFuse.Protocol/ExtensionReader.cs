using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Walks the extensions at a request's end. They are asked for by SECURITY_CTX and CREATE_SUPP_GROUP only; a type that
/// is unknown is stepped over by its size. Never throws, never allocates.
/// </summary>
public ref struct ExtensionReader(ReadOnlySpan<byte> extensions)
{
    private ReadOnlySpan<byte> _remaining = extensions;

    /// <summary>Takes the next extension; false at the end or where the sizes stop making sense.</summary>
    /// <param name="type">See <see cref="ExtensionHeader"/>.</param>
    /// <param name="body">Its bytes after the header, trailing padding included.</param>
    public bool TryReadNext(out uint type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = default;
        if (!MemoryMarshal.TryRead(_remaining, out ExtensionHeader header))
            return false;
        if (header.Size < (uint)Unsafe.SizeOf<ExtensionHeader>() || header.Size > (uint)_remaining.Length)
        {
            _remaining = default;
            return false;
        }
        type = header.Type;
        body = _remaining[Unsafe.SizeOf<ExtensionHeader>()..(int)header.Size];
        var step = (int)Math.Min(((long)header.Size + 7) & ~7L, _remaining.Length);
        _remaining = _remaining[step..];
        return true;
    }

    /// <summary>Reads one security context from the body of an extension that counts them.</summary>
    /// <param name="body">The body; advanced past the context.</param>
    /// <param name="name">Name of the xattr to set, without its NUL.</param>
    /// <param name="value">Its value.</param>
    public static bool TryReadSecurityContext(
        ref ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var reader = new ArgumentReader(body);
        if (!reader.TryRead(out SecurityContextHeader header))
        {
            name = default;
            return false;
        }
        if (!reader.TryReadXattrName(out name, out _) || header.Size > int.MaxValue)
            return false;
        if (!reader.TryReadBytes((int)header.Size, out value))
            return false;
        body = body[^reader.Remaining..];
        return true;
    }

    /// <summary>The group ids in the body of a <see cref="ExtensionHeader.SupplementaryGroups"/> extension.</summary>
    /// <param name="body">The body.</param>
    /// <param name="groups">Group ids, 4 bytes each in the machine's order, perhaps unaligned.</param>
    public static bool TryReadGroups(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> groups)
    {
        groups = default;
        var reader = new ArgumentReader(body);
        return reader.TryRead(out uint count)
            && count <= (uint)reader.Remaining / sizeof(uint)
            && reader.TryReadBytes((int)count * sizeof(uint), out groups);
    }
}
