using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Layout of the header area of a FUSE-over-io_uring entry: fuse_uring_req_header, 288 bytes. InHeader lies at 0 and
/// is overwritten by OutHeader; the fixed arguments lie at 128; names and data are in the payload buffer.
/// </summary>
public static class UringHeaderLayout
{
    public const int HeaderOffset = 0;
    public const int FixedArgumentsOffset = 128;

    /// <summary>Bytes of room for the fixed arguments.</summary>
    public const int FixedArgumentsLength = 128;

    public const int EntryOffset = 256;

    /// <summary>Bytes of the whole area.</summary>
    public const int Length = 288;
}

/// <summary>What concerns the entry, not the request: fuse_uring_ent_in_out, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UringEntry
{
    public ulong Flags;

    /// <summary>Names the request in COMMIT_AND_FETCH.</summary>
    public ulong CommitId;

    /// <summary>Bytes in the payload buffer: of arguments in a request, of the reply's body in a reply.</summary>
    public uint PayloadLength;

    public uint Padding;
    public ulong Reserved;
}

/// <summary>The command area of a submission: fuse_uring_cmd_req, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct UringCommandRequest
{
    public ulong Flags;

    /// <summary>The entry to commit; 0 in REGISTER.</summary>
    public ulong CommitId;

    /// <summary>Number of the queue: the CPU's.</summary>
    public ushort QueueId;
}

/// <summary>fuse_uring_cmd, in the submission's cmd_op.</summary>
public enum UringCommand : uint
{
    /// <summary>Gives an entry's buffers to the kernel and waits for a request.</summary>
    Register = 1,

    /// <summary>Gives a reply and waits for the next request.</summary>
    CommitAndFetch = 2,
}
