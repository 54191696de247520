using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>Argument of INIT: fuse_init_in, 64 bytes; a kernel before 7.36 sends the first 16.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct InitIn
{
    public uint Major;
    public uint Minor;

    /// <summary>Bytes that the kernel reads ahead at most (the mount's read_ahead_kb).</summary>
    public uint MaxReadAhead;

    public uint FlagsLow;
    public uint FlagsHigh;

    /// <summary>All the flags offered; the high half counts only with INIT_EXT.</summary>
    public readonly InitFlags Flags
    {
        get
        {
            var low = (InitFlags)FlagsLow;
            return (low & InitFlags.InitExt) == 0 ? low : low | (InitFlags)((ulong)FlagsHigh << 32);
        }
    }

    /// <summary>Reads either length; false if there is neither.</summary>
    public static bool TryRead(ReadOnlySpan<byte> fixedArguments, out InitIn init)
    {
        init = default;
        if (fixedArguments.Length < OpcodeTable.ShortInitLength)
            return false;
        if (fixedArguments.Length >= Unsafe.SizeOf<InitIn>())
        {
            init = MemoryMarshal.Read<InitIn>(fixedArguments);
            return true;
        }
        init.Major = MemoryMarshal.Read<uint>(fixedArguments);
        init.Minor = MemoryMarshal.Read<uint>(fixedArguments[4..]);
        init.MaxReadAhead = MemoryMarshal.Read<uint>(fixedArguments[8..]);
        init.FlagsLow = MemoryMarshal.Read<uint>(fixedArguments[12..]);
        return true;
    }
}

/// <summary>Reply to INIT: fuse_init_out, 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct InitOut
{
    public uint Major;
    public uint Minor;

    /// <summary>Bytes to read ahead at most.</summary>
    public uint MaxReadAhead;

    public uint FlagsLow;

    /// <summary>Requests of background kind (read-ahead, asynchronous direct I/O, RELEASE) in the daemon at once.</summary>
    public ushort MaxBackground;

    /// <summary>Above this number of them the kernel calls the mount congested.</summary>
    public ushort CongestionThreshold;

    /// <summary>Bytes of data in the largest WRITE; at least 4096.</summary>
    public uint MaxWrite;

    /// <summary>Nanoseconds between two times that can be told apart; a power of ten up to 10^9.</summary>
    public uint TimeGranularity;

    /// <summary>Pages of data in the largest request of any kind; read only with MAX_PAGES.</summary>
    public ushort MaxPages;

    /// <summary>Only with MAP_ALIGNMENT (DAX).</summary>
    public ushort MapAlignment;

    public uint FlagsHigh;

    /// <summary>How deep the backing files' file systems may be stacked; only with PASSTHROUGH, then 1 or 2.</summary>
    public uint MaxStackDepth;

    /// <summary>Seconds; only with REQUEST_TIMEOUT, which is never accepted.</summary>
    public ushort RequestTimeout;

    /// <summary>All the flags accepted. The kernel reads the high half only with INIT_EXT.</summary>
    public InitFlags Flags
    {
        readonly get => (InitFlags)(FlagsLow | (ulong)FlagsHigh << 32);
        set
        {
            FlagsLow = (uint)value;
            FlagsHigh = (uint)((ulong)value >> 32);
        }
    }
}
