using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>
/// Writes one submission entry (struct io_uring_sqe). Field names are those of the union members used; an operation sets
/// what it needs, all else is 0. Valid until the next call on the ring.
/// </summary>
public readonly unsafe ref struct SubmissionEntry
{
    private readonly Layout* entry;
    private readonly int size;

    internal SubmissionEntry(byte* entry, int size)
    {
        new Span<byte>(entry, size).Clear();
        this.entry = (Layout*)entry;
        this.size = size;
    }

    public RingOpcode Opcode { set => entry->Opcode = (byte)value; }

    /// <summary>IOSQE_*: 1 takes the descriptor from the ring's table of fixed files.</summary>
    public byte Flags { set => entry->Flags = value; }

    public ushort Priority { set => entry->Priority = value; }

    public int Descriptor { set => entry->Descriptor = value; }

    /// <summary>off, addr2; the low half is cmd_op for <see cref="RingOpcode.Command"/>.</summary>
    public ulong Offset { set => entry->Offset = value; }

    public ulong Address { set => entry->Address = value; }

    public uint Length { set => entry->Length = value; }

    /// <summary>rw_flags, fsync_flags, poll32_events, open_flags, unlink_flags ...</summary>
    public uint OperationFlags { set => entry->OperationFlags = value; }

    public ulong UserData { set => entry->UserData = value; }

    public ushort BufferIndex { set => entry->BufferIndex = value; }

    /// <summary>The command's own bytes: 16, or 80 in wide entries.</summary>
    public Span<byte> Command => new((byte*)entry + 48, size - 48);

    /// <summary>Points the operation at memory that stays valid until its completion.</summary>
    public NativeSlice Buffer
    {
        set
        {
            entry->Address = (ulong)value.Address;
            entry->Length = (uint)value.Length;
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Layout
    {
        public byte Opcode;
        public byte Flags;
        public ushort Priority;
        public int Descriptor;
        public ulong Offset;
        public ulong Address;
        public uint Length;
        public uint OperationFlags;
        public ulong UserData;
        public ushort BufferIndex;
        public ushort Personality;
        public int FileIndex;
    }
}
