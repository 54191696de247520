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

    /// <summary>Divides a request whose parts lie apart, as FUSE-over-io_uring gives it.</summary>
    /// <param name="headers">The header area of the entry (<see cref="UringHeaderLayout"/>).</param>
    /// <param name="capacity">Bytes of the payload buffer.</param>
    /// <param name="header">Filled in any case, so that a refused request can be answered.</param>
    /// <param name="fixedLength">Bytes of the fixed arguments in the header area.</param>
    /// <param name="payloadLength">Bytes at the start of the payload buffer, extensions left out.</param>
    /// <returns>False if the lengths contradict each other, or it does not come in entries: answer EIO.</returns>
    public static bool TryParseEntry(
        ReadOnlySpan<byte> headers, int capacity, out InHeader header, out int fixedLength, out int payloadLength)
    {
        header = MemoryMarshal.Read<InHeader>(headers);
        var sent = MemoryMarshal.Read<UringEntry>(headers[UringHeaderLayout.EntryOffset..]).PayloadLength;
        ref readonly var opcode = ref OpcodeTable.Get(header.Opcode);
        fixedLength = opcode.HasReply ? opcode.FixedLength : 0;
        payloadLength = 0;
        // Of what takes no reply one comes here, which is not split: in_args[0] has no size in it (fuse_retrieve). FORGET and
        // INTERRUPT come through /dev/fuse.
        if (!opcode.HasReply && header.Opcode != Opcode.NotifyReply) return false;
        if (sent > (uint)capacity || fixedLength > UringHeaderLayout.FixedArgumentsLength) return false;
        // Fixed arguments of an opcode that is not known may lie in the header area: they are nobody's.
        var length = Unsafe.SizeOf<InHeader>() + fixedLength + (long)sent;
        if (opcode.IsKnown ? header.Length != length : header.Length < length) return false;
        if (header.ExtensionLength > (int)sent) return false;
        payloadLength = (int)sent - header.ExtensionLength;
        return true;
    }

    /// <summary>
    /// Parts extensions from what precedes them.
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
