using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>A completion (struct io_uring_cqe).</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly struct RingCompletion
{
    private readonly ulong userData;
    private readonly int result;
    private readonly uint flags;

    /// <summary>What the submission carried.</summary>
    public ulong UserData => userData;

    /// <summary>The raw result: negative errors.</summary>
    public int Result => result;

    /// <summary>IORING_CQE_F_*.</summary>
    public uint Flags => flags;

    /// <summary>IORING_CQE_F_MORE: the same submission completes again.</summary>
    public bool HasMore => (flags & 2) != 0;
}
