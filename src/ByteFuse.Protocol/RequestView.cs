using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Divides a request into header, fixed arguments, payload (names and data) and extensions. Never throws, never
/// allocates.
/// </summary>
public static class RequestView
{
    /// <summary>Divides a whole request as read(2) of /dev/fuse gives it.</summary>
    /// <param name="request">The bytes read.</param>
    /// <param name="header">Filled whenever there are 40 bytes, so that a refused request can be answered.</param>
    /// <param name="fixedArguments">As long as <see cref="OpcodeTable"/> says; empty for an unknown opcode.</param>
    /// <param name="payload">What lies between the fixed arguments and the extensions.</param>
    /// <returns>False if the lengths contradict each other: answer EIO if the header is there.</returns>
    public static bool TryParse(
        ReadOnlySpan<byte> request,
        out InHeader header,
        out ReadOnlySpan<byte> fixedArguments,
        out ReadOnlySpan<byte> payload)
    {
        fixedArguments = default;
        payload = default;
        if (!MemoryMarshal.TryRead(request, out header) || header.Length != (uint)request.Length)
            return false;
        if (!TrySplitExtensions(in header, request[Unsafe.SizeOf<InHeader>()..], out var arguments, out _))
            return false;
        ref readonly var opcode = ref OpcodeTable.Get(header.Opcode);
        if (arguments.Length < opcode.MinimumFixedLength)
            return false;
        var length = Math.Min(opcode.FixedLength, arguments.Length);
        fixedArguments = arguments[..length];
        payload = arguments[length..];
        return true;
    }

    /// <summary>
    /// Parts extensions from what precedes them. Transports that get header, fixed arguments and payload apart
    /// (io_uring, virtio) give the payload here.
    /// </summary>
    /// <param name="header">The request's header.</param>
    /// <param name="bytes">The end of the request.</param>
    /// <param name="arguments">The bytes without the extensions.</param>
    /// <param name="extensions">For <see cref="ExtensionReader"/>.</param>
    /// <returns>False if the header claims more extensions than there are bytes.</returns>
    public static bool TrySplitExtensions(
        scoped in InHeader header,
        ReadOnlySpan<byte> bytes,
        out ReadOnlySpan<byte> arguments, out ReadOnlySpan<byte> extensions)
    {
        var length = header.ExtensionLength;
        if (length > bytes.Length)
        {
            arguments = default;
            extensions = default;
            return false;
        }
        arguments = bytes[..^length];
        extensions = bytes[^length..];
        return true;
    }
}
