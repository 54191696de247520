using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Argument of READ, READDIR and READDIRPLUS: fuse_read_in, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ReadIn
{
    public ulong Handle;

    /// <summary>Byte in the file; of a directory, the <see cref="Dirent.Offset"/> of the last entry seen, or 0.</summary>
    public ulong Offset;

    /// <summary>Bytes that the reply holds at most.</summary>
    public uint Size;

    public ReadFlags ReadFlags;
    public ulong LockOwner;

    /// <summary>O_* flags of the open file.</summary>
    public uint Flags;

    public uint Padding;
}

/// <summary>Argument of WRITE, followed by the data: fuse_write_in, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WriteIn
{
    public ulong Handle;
    public ulong Offset;

    /// <summary>Bytes of data that follow.</summary>
    public uint Size;

    public WriteFlags WriteFlags;
    public ulong LockOwner;

    /// <summary>O_* flags of the open file.</summary>
    public uint Flags;

    public uint Padding;
}

/// <summary>Reply to WRITE and COPY_FILE_RANGE: fuse_write_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WriteOut
{
    /// <summary>Bytes written. More than asked for is EIO in the kernel.</summary>
    public uint Size;

    public uint Padding;
}

/// <summary>Argument of FALLOCATE: fuse_fallocate_in, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FallocateIn
{
    public ulong Handle;
    public ulong Offset;
    public ulong Length;
    public FallocateMode Mode;
    public uint Padding;
}

/// <summary>Argument of LSEEK: fuse_lseek_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeekIn
{
    public ulong Handle;
    public ulong Offset;
    public SeekWhence Whence;
    public uint Padding;
}

/// <summary>Reply to LSEEK: fuse_lseek_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeekOut
{
    public ulong Offset;
}

/// <summary>Argument of COPY_FILE_RANGE and COPY_FILE_RANGE_64; the source is the header's node: fuse_copy_file_range_in, 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CopyFileRangeIn
{
    public ulong SourceHandle;
    public ulong SourceOffset;
    public ulong TargetNodeId;
    public ulong TargetHandle;
    public ulong TargetOffset;

    /// <summary>Bytes; through opcode 47 the kernel asks for less than 4 GiB, as the reply has 32 bits.</summary>
    public ulong Length;

    public ulong Flags;
}

/// <summary>Reply to COPY_FILE_RANGE_64: fuse_copy_file_range_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CopyFileRangeOut
{
    public ulong BytesCopied;
}
