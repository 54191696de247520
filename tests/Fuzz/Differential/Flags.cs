using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>open(2) flags by name, so that a printed sequence reads well. Four have other values on aarch64: see ToNative.</summary>
[Flags]
public enum OpenFlags
{
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_CREAT = 0x40,
    O_EXCL = 0x80,
    O_TRUNC = 0x200,
    O_APPEND = 0x400,
    O_DSYNC = 0x1000,
    O_DIRECTORY = 0x10000,
    O_NOFOLLOW = 0x20000,
    O_NOATIME = 0x40000,
    O_PATH = 0x200000,
}

/// <summary>fallocate(2) modes (include/uapi/linux/falloc.h).</summary>
[Flags]
public enum AllocateMode
{
    Allocate = 0,
    KEEP_SIZE = 1,
    PUNCH_HOLE = 2,
    ZERO_RANGE = 16,
}

/// <summary>renameat2(2) flags.</summary>
[Flags]
public enum RenameFlags
{
    None = 0,
    NOREPLACE = 1,
    EXCHANGE = 2,
    WHITEOUT = 4,
}

/// <summary>Types of a node, as in the upper bits of its mode.</summary>
public enum NodeType
{
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    SymbolicLink = 0xA000,
    Socket = 0xC000,
}

public static class OpenFlagsExtensions
{
    /// <summary>This machine's bits, with O_CLOEXEC and, since a path may name a FIFO, O_NONBLOCK.</summary>
    public static int ToNative(this OpenFlags flags)
    {
        const OpenFlags Varying = OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
        var native = (int)(flags & ~Varying) | Abi.O_CLOEXEC | Abi.O_NONBLOCK;
        if (flags.HasFlag(OpenFlags.O_DIRECTORY))
            native |= Abi.O_DIRECTORY;
        if (flags.HasFlag(OpenFlags.O_NOFOLLOW))
            native |= Abi.O_NOFOLLOW;
        return native;
    }
}
