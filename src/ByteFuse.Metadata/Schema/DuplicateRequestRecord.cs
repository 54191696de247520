using System.Buffers.Binary;

namespace ByteFuse.Metadata;

/// <summary>
/// The outcome of a mutating request, recorded in the commit that made it (rule 6): a request that the kernel sends
/// again after a crash is answered with this. Layout: version byte, unique (without the resend bit), opcode, then the
/// success reply as it went to the kernel. Only successes commit, so there is no error field.
/// </summary>
public readonly ref struct DuplicateRequestRecord
{
    /// <summary>Bytes before the reply.</summary>
    public const int HeaderLength = 1 + 8 + 4;

    /// <summary>The longest reply recorded: CREATE's entry and open (128 + 16 bytes).</summary>
    public const int MaximumReply = 144;

    private DuplicateRequestRecord(ulong unique, uint opcode, ReadOnlySpan<byte> reply)
    {
        Unique = unique;
        Opcode = opcode;
        Reply = reply;
    }

    /// <summary>The kernel's number of the request, without bit 63.</summary>
    public ulong Unique { get; }

    /// <summary>The FUSE opcode.</summary>
    public uint Opcode { get; }

    /// <summary>The reply's body, without its header.</summary>
    public ReadOnlySpan<byte> Reply { get; }

    /// <summary>Encodes a record.</summary>
    public static ReadOnlySpan<byte> Write(ulong unique, uint opcode, ReadOnlySpan<byte> reply, Span<byte> destination)
    {
        destination[0] = RecordCodec.Version;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], unique);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[9..], opcode);
        reply.CopyTo(destination[HeaderLength..]);
        return destination[..(HeaderLength + reply.Length)];
    }

    /// <summary>Decodes; false where the value is no such record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out DuplicateRequestRecord record)
    {
        record = default;
        if (value.Length < HeaderLength || value[0] < 1) return false;
        record = new DuplicateRequestRecord(
            BinaryPrimitives.ReadUInt64LittleEndian(value[1..]), BinaryPrimitives.ReadUInt32LittleEndian(value[9..]), value[HeaderLength..]);
        return true;
    }
}
